/** Tests of alternatives: the first scheme with credentials decides. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, authorizeBasic, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { dependency, scoped } from "../dependencies/dependency.ts";
import { anyOf } from "./any-of.ts";
import { apiKey } from "./api-key.ts";
import { basic } from "./basic.ts";
import { bearer } from "./bearer.ts";

const token = bearer({ verify: (text, { scopes }) => text === "good" && { by: "token", scopes } });
const key = apiKey({ in: "header", name: "x-api-key", keys: ["good-key"] });
const password = basic({ verify: async ({ password: sent }) => sent === "good" && { by: "password" } });
const scheme = anyOf(token, key, password);

test("each scheme's credentials are taken", async () => {
  assert.deepEqual((await runAlone(scheme, authorize("Bearer good"), ["a"])).value, { by: "token", scopes: ["a"] });
  assert.equal((await runAlone(scheme, { headers: { "x-api-key": "good-key" } })).value, "good-key");
  assert.deepEqual((await runAlone(scheme, authorizeBasic("ann", "good"))).value, { by: "password" });
});

test("wrong credentials are refused by their own scheme, right ones behind them notwithstanding", async () => {
  const both = { headers: { authorization: "Bearer bad", "x-api-key": "good-key" } };
  assert.deepEqual(await refusalBy(scheme, both), [401, 'Bearer error="invalid_token"']);
  assert.deepEqual(await refusalBy(scheme, { headers: { "x-api-key": "bad" } }), [
    401,
    'ApiKey in="header", name="x-api-key"',
  ]);
});

test("without credentials all challenges are named, unless one is optional", async () => {
  assert.deepEqual(await refusalBy(scheme, {}), [
    401,
    'Bearer, ApiKey in="header", name="x-api-key", Basic realm="Restricted", charset="UTF-8"',
  ]);
  const lenient = anyOf(bearer({ optional: true }), key);
  assert.equal((await runAlone(lenient)).value, undefined);
  assert.equal((await runAlone(lenient, { headers: { "x-api-key": "good-key" } })).value, "good-key");
  assert.equal(lenient.options.optional, true);
});

test("alternatives may hold alternatives, and all are documented", () => {
  const { security } = anyOf(anyOf(token, key), password).options;
  assert.deepEqual(
    (security as readonly { name: string }[]).map(({ name }) => name),
    ["bearer", "x-api-key", "basic"],
  );
});

test("only schemes, at least two, without scopes of their own", () => {
  assert.throws(() => anyOf(token), badOption(/at least two/));
  assert.throws(() => anyOf(), badOption(/at least two/));
  assert.throws(
    () =>
      anyOf(
        token,
        dependency(() => 1),
      ),
    badOption(/anyOf\(\) takes what bearer\(\)/),
  );
  assert.throws(() => anyOf(token, {} as never), badOption(/takes what bearer/));
  assert.throws(() => anyOf(token, scoped(key, "a")), badOption(/scoped\(\) around the whole/));
});
