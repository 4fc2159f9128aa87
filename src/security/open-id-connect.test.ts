/** Tests of the OpenID Connect scheme. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { openIdConnect } from "./open-id-connect.ts";

const url = "https://id.example/.well-known/openid-configuration";

test("the token is a bearer token, documented by the discovery document", async () => {
  const scheme = openIdConnect({ url, name: "id", description: "Our provider" });
  assert.equal((await runAlone(scheme, authorize("Bearer abc"))).value, "abc");
  assert.deepEqual(await refusalBy(scheme, authorize("Bearer")), [401, 'Bearer error="invalid_token"']);
  assert.deepEqual(scheme.options.security, {
    name: "id",
    scheme: { type: "openIdConnect", openIdConnectUrl: url, description: "Our provider" },
  });
});

test("only an absolute URL will do", () => {
  for (const wrong of [undefined, "", "/openid", "ftp://id.example", 1]) {
    assert.throws(() => openIdConnect({ url: wrong as string }), badOption(/openIdConnect\(\{ url \}\)/));
  }
});
