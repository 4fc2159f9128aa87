/** Tests of OAuth 2 and OpenID Connect as schemes: what they document, and that their token is a bearer token. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { oauth2 } from "./oauth2.ts";

const flows = {
  password: { tokenUrl: "token", scopes: { "items:read": "Read items" } },
  clientCredentials: { tokenUrl: "/token" },
  authorizationCode: {
    authorizationUrl: "https://id.example/authorize",
    tokenUrl: "https://id.example/token",
    refreshUrl: "https://id.example/refresh",
  },
};

test("the token is a bearer token", async () => {
  const scheme = oauth2({ flows });
  assert.equal((await runAlone(scheme, authorize("Bearer abc"))).value, "abc");
  assert.deepEqual(await refusalBy(scheme, {}), [401, "Bearer"]);
  const verified = oauth2({ flows, verify: (token, { scopes }) => token === "good" && { scopes }, realm: "r" });
  assert.deepEqual((await runAlone(verified, authorize("Bearer good"), ["a"])).value, { scopes: ["a"] });
  assert.deepEqual(await refusalBy(verified, authorize("Bearer bad")), [
    401,
    'Bearer realm="r", error="invalid_token"',
  ]);
  assert.equal((await runAlone(oauth2({ flows, optional: true }))).value, undefined);
});

test("its flows are documented, each with its scopes", () => {
  assert.deepEqual(oauth2({ flows, name: "login", description: "House login" }).options.security, {
    name: "login",
    scheme: {
      type: "oauth2",
      flows: {
        password: { tokenUrl: "token", scopes: { "items:read": "Read items" } },
        clientCredentials: { tokenUrl: "/token", scopes: {} },
        authorizationCode: { ...flows.authorizationCode, scopes: {} },
      },
      description: "House login",
    },
  });
});

test("wrong flows are refused by name", () => {
  const make = (given: unknown): unknown => (oauth2 as (options: unknown) => unknown)({ flows: given });
  assert.throws(() => make(undefined), badOption(/at least one of password/));
  assert.throws(() => make({}), badOption(/at least one/));
  assert.throws(() => make({ implicit: { authorizationUrl: "a" } }), badOption(/implicit.*use authorizationCode/));
  assert.throws(() => make({ magic: {} }), badOption(/does not exist/));
  assert.throws(() => make({ toString: {} }), badOption(/does not exist/));
  assert.throws(() => make({ password: "token" }), badOption(/must be an object/));
  assert.throws(() => make({ password: {} }), badOption(/needs tokenUrl/));
  assert.throws(() => make({ password: { tokenUrl: "" } }), badOption(/tokenUrl that is no/));
  assert.throws(() => make({ password: { tokenUrl: "javascript:alert(1)" } }), badOption(/tokenUrl that is no/));
  assert.throws(() => make({ authorizationCode: { tokenUrl: "t" } }), badOption(/needs authorizationUrl/));
  assert.throws(() => make({ password: { tokenUrl: "t", refreshUrl: 1 } }), badOption(/refreshUrl/));
  assert.throws(() => make({ password: { tokenUrl: "t", url: "u" } }), badOption(/no option "url"/));
  for (const scopes of [["a"], { "a b": "x" }, { a: 1 }, { 'a"': "x" }, null]) {
    assert.throws(() => make({ password: { tokenUrl: "t", scopes } }), badOption(/scopes/));
  }
});
