/** Tests of JSON Pointers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonPointer } from "./json-pointer.ts";

test("writes pointers with ~ and / escaped", () => {
  const cases: readonly [readonly (string | number)[], string][] = [
    [[], ""],
    [["a"], "/a"],
    [["a", 0, "b"], "/a/0/b"],
    [[""], "/"],
    [["a/b", "m~n", "~1"], "/a~1b/m~0n/~01"],
    [["ä %"], "/ä %"],
  ];
  for (const [path, pointer] of cases) assert.equal(jsonPointer(path), pointer);
});
