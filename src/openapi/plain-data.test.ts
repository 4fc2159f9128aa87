/** Tests of copying and merging data for a document. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { copyPlain, mergePlain } from "./plain-data.ts";

test("a copy holds what JSON can carry and nothing else", () => {
  const value = { a: undefined, b: () => 1, c: 2n, d: new Date(0), e: [undefined, Number.NaN], f: { g: Symbol("s") } };
  assert.deepEqual(copyPlain(value, "it"), { c: "2", d: "1970-01-01T00:00:00.000Z", e: [null, null], f: {} });
});

test("an object may stand in two places, but not inside itself", () => {
  const twice = { a: 1 };
  assert.deepEqual(copyPlain([twice, twice], "it"), [{ a: 1 }, { a: 1 }]);
  const endless: Record<string, unknown> = {};
  endless["self"] = { endless };
  assert.throws(() => copyPlain(endless, "extra of GET /"), {
    code: "APUS_BAD_OPTION",
    message: /^extra of GET \/ contains itself/,
  });
});

test("objects are merged, arrays appended, all else replaced", () => {
  const base = { a: { b: 1, c: [1] }, d: "old", e: [1] };
  assert.deepEqual(mergePlain(base, { a: { c: [2], f: null }, d: "new", e: "no list" }), {
    a: { b: 1, c: [1, 2], f: null },
    d: "new",
    e: "no list",
  });
  assert.deepEqual(base, { a: { b: 1, c: [1] }, d: "old", e: [1] });
});

test("__proto__ is no member", () => {
  const hostile: unknown = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}');
  for (const result of [
    copyPlain(hostile, "it"),
    mergePlain({}, copyPlain(hostile, "it")),
    mergePlain({ a: {} }, hostile),
  ]) {
    assert.deepEqual(result, { a: {} });
    assert.equal((result as Record<string, unknown>)["polluted"], undefined);
    assert.ok(!Object.keys(result ?? {}).includes("__proto__"));
  }
});
