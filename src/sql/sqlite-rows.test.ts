/** Rows travel between threads as they were. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { packRows, unpackRows } from "./sqlite-rows.ts";

const travel = (names: readonly string[], rows: readonly (readonly unknown[])[]): unknown =>
  unpackRows(structuredClone(packRows(names, rows)));

describe("packed rows", () => {
  test("come back as they were", () => {
    const names = ["id", "title", "note"];
    assert.deepEqual(travel(names, []), []);
    const plain = [
      [1, 'a "quoted" \u2028 text', null],
      [2.5, "é😀\0", "x"],
    ];
    assert.equal(typeof packRows(names, plain).values, "string");
    assert.deepEqual(
      travel(names, plain),
      plain.map(([id, title, note]) => ({ id, title, note })),
    );
  });

  test("values that JSON cannot say are sent as they are", () => {
    for (const value of [new Uint8Array([1, 2]), Infinity, -Infinity, -0, 2n ** 62n]) {
      assert.deepEqual(travel(["a", "b"], [["x", value]]), [{ a: "x", b: value }]);
    }
  });

  test("integers are numbers where they fit, bigint where not", () => {
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    assert.deepEqual(travel(["a", "b", "c"], [[5n, most, most + 1n]]), [
      { a: 5, b: Number.MAX_SAFE_INTEGER, c: most + 1n },
    ]);
  });

  test("columns without a name of their own, or with a dangerous one, are only data", () => {
    const [row] = unpackRows(packRows(["a", "a", "__proto__"], [[1, 2, "p"]]));
    assert.equal(row?.["a"], 2);
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.deepEqual(Object.entries(row ?? {}), [
      ["a", 2],
      ["__proto__", "p"],
    ]);
  });
});
