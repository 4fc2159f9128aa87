/** Tests of API keys in headers, queries and cookies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlainRequestParts } from "../../test/journey/one-middleware.ts";
import { badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { apiKey } from "./api-key.ts";

const keys = ["first-key", "second-key"];

const places: readonly (readonly ["header" | "query" | "cookie", string, (...keys: string[]) => PlainRequestParts])[] =
  [
    ["header", "X-Api-Key", (...given) => ({ headers: { "x-api-key": given } })],
    ["query", "key", (...given) => ({ query: given.map((key) => `key=${key}`).join("&") })],
    ["cookie", "key", (...given) => ({ headers: { cookie: given.map((key) => `key=${key}`).join("; ") } })],
  ];

for (const [place, name, send] of places) {
  test(`a key in a ${place}`, async () => {
    const scheme = apiKey({ in: place, name, keys });
    const challenge = `ApiKey in="${place}", name="${name}"`;
    for (const key of keys) assert.equal((await runAlone(scheme, send(key))).value, key);
    assert.equal((await runAlone(scheme, send("first-key", "first-key"))).value, "first-key");
    for (const parts of [
      {},
      send(""),
      send("third-key"),
      send("first-ke"),
      send("first-key", "second-key"),
      send("", "first-key"),
      { headers: { "x-other": "first-key", cookie: "Key=first-key" }, query: "KEY=first-key" },
    ]) {
      assert.deepEqual(await refusalBy(scheme, parts), [401, challenge], JSON.stringify(parts));
    }
    const optional = apiKey({ in: place, name, keys, optional: true });
    for (const parts of [{}, send("")]) assert.equal((await runAlone(optional, parts)).value, undefined);
    assert.deepEqual(await refusalBy(optional, send("wrong")), [401, challenge]);
  });
}

test("verify looks a key up, and without both the key is the value", async () => {
  const scheme = apiKey({ in: "header", name: "x-api-key", verify: async (key) => (key === "k1" ? 1 : undefined) });
  assert.equal((await runAlone(scheme, { headers: { "x-api-key": "k1" } })).value, 1);
  assert.equal((await runAlone(scheme, { headers: { "x-api-key": "k2" } })).error?.status, 401);
  const bare = apiKey({ in: "header", name: "x-api-key" });
  assert.equal((await runAlone(bare, { headers: { "x-api-key": "any" } })).value, "any");
});

test("it describes itself under its own name", () => {
  assert.deepEqual(apiKey({ in: "header", name: "X-Api-Key" }).options.security, {
    name: "X-Api-Key",
    scheme: { type: "apiKey", in: "header", name: "X-Api-Key" },
  });
  const odd = apiKey({ in: "query", name: "my key", description: "Ask us" }).options.security;
  assert.deepEqual(odd, {
    name: "my-key",
    scheme: { type: "apiKey", in: "query", name: "my key", description: "Ask us" },
  });
  assert.deepEqual(apiKey({ in: "cookie", name: "sid", schemeName: "session" }).options.security, {
    name: "session",
    scheme: { type: "apiKey", in: "cookie", name: "sid" },
  });
});

test("wrong options are refused, and no message holds a key", () => {
  const make = apiKey as (options: unknown) => unknown;
  assert.throws(() => make({ name: "k" }), badOption(/apiKey\(\{ in \}\)/));
  assert.throws(() => make({ in: "body", name: "k" }), badOption(/header, query, cookie/));
  assert.throws(() => make({ in: "header" }), badOption(/apiKey\(\{ name \}\)/));
  assert.throws(() => make({ in: "header", name: "my key" }), badOption(/name/));
  assert.throws(() => make({ in: "header", name: "k", schemeName: "a b" }), badOption(/schemeName/));
  for (const wrong of [[], "s3cr3t", ["s3cr3t", ""], ["s3cr3t", 1]]) {
    assert.throws(
      () => make({ in: "header", name: "k", keys: wrong }),
      (error: Error) => badOption(/list of keys/)(error) && !error.message.includes("s3cr3t"),
    );
  }
  assert.throws(() => make({ in: "header", name: "k", keys, verify: () => true }), badOption(/not both/));
});
