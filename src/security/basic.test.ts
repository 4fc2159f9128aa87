/** Tests of user names and passwords in the authorization field (RFC 7617). */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, authorizeBasic, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { basic } from "./basic.ts";

const challenge = 'Basic realm="Restricted", charset="UTF-8"';

test("the user name ends at the first colon, and both may be UTF-8 and empty", async () => {
  for (const [username, password] of [
    ["Aladdin", "open sesame"],
    ["test", "123£"],
    ["user", "a:b:c"],
    ["", ""],
    ["王", "пароль😀"],
    ["user", "\ufeffx"],
  ] as const) {
    assert.deepEqual((await runAlone(basic(), authorizeBasic(username, password))).value, { username, password });
  }
  assert.deepEqual((await runAlone(basic(), authorize("bAsIc QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))).value, {
    username: "Aladdin",
    password: "open sesame",
  });
});

test("what is malformed is a 401, also where credentials are optional", async () => {
  const encode = (text: string | Uint8Array): string => `Basic ${Buffer.from(text).toString("base64")}`;
  for (const line of [
    "Basic",
    "Basic ",
    "Basic YQ",
    "Basic YTpi!",
    "Basic YTp i",
    "Basic YTpiYw",
    "Basic YTpi=",
    "Basic YTpj_-==",
    "Basic YTpiCg==\u00a0",
    encode("nocolon"),
    encode("a\u0000:b"),
    encode("a:b\r\n"),
    encode("a:b\u007f"),
    encode(new Uint8Array([0x61, 0x3a, 0xff])),
    encode(new Uint8Array([0x61, 0x3a, 0xc0, 0xaf])),
  ]) {
    assert.deepEqual(await refusalBy(basic(), authorize(line)), [401, challenge], line);
    assert.deepEqual(await refusalBy(basic({ optional: true }), authorize(line)), [401, challenge], line);
  }
  assert.deepEqual(await refusalBy(basic(), authorize(["Basic YTpi", "Basic YTpi"])), [401, challenge]);
});

test("no credentials, and those of another scheme", async () => {
  for (const parts of [{}, authorize("Bearer YTpi"), authorize("BasicYTpi")]) {
    assert.deepEqual(await refusalBy(basic(), parts), [401, challenge]);
    assert.equal((await runAlone(basic({ optional: true }), parts)).value, undefined);
  }
  assert.deepEqual(await refusalBy(basic({ realm: "admin" }), {}), [401, 'Basic realm="admin", charset="UTF-8"']);
});

test("verify decides", async () => {
  const scheme = basic({ verify: ({ username, password }) => password === "right" && { username } });
  assert.deepEqual((await runAlone(scheme, authorizeBasic("ann", "right"))).value, { username: "ann" });
  assert.deepEqual(await refusalBy(scheme, authorizeBasic("ann", "wrong")), [401, challenge]);
});

test("it describes itself, and refuses wrong options", () => {
  assert.deepEqual(basic({ description: "Staff" }).options.security, {
    name: "basic",
    scheme: { type: "http", scheme: "basic", description: "Staff" },
  });
  assert.throws(() => (basic as (options: unknown) => unknown)({ realm: "é" }), badOption(/basic\(\{ realm \}\)/));
  assert.throws(() => (basic as (options: unknown) => unknown)({ users: [] }), badOption(/no option "users"/));
});
