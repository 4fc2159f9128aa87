/** Tests of splitting list-based header fields. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { splitFieldLines } from "./split-field-lines.ts";

test("elements of all lines are one list", () => {
  assert.deepEqual(splitFieldLines([]), []);
  assert.deepEqual(splitFieldLines(["a"]), ["a"]);
  assert.deepEqual(splitFieldLines(["a,b", "c"]), ["a", "b", "c"]);
});

test("spaces and tabs around elements and empty elements are dropped, other space is not", () => {
  assert.deepEqual(splitFieldLines([" a\t,\t b c ,, ,", "", " , "]), ["a", "b c"]);
  assert.deepEqual(splitFieldLines(["\u00a0a"]), ["\u00a0a"]);
});

test("quotes have no meaning", () => {
  assert.deepEqual(splitFieldLines(['"a,b"']), ['"a', 'b"']);
});

test("property: what was joined comes apart again", () => {
  const element = fc.stringMatching(/^[!-+\--~]+$/);
  fc.assert(
    fc.property(fc.array(fc.array(element)), (lines) => {
      assert.deepEqual(splitFieldLines(lines.map((elements) => elements.join(" , "))), lines.flat());
    }),
  );
});
