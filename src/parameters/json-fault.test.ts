/** Tests of the JSON fault finder: it agrees with `JSON.parse`, points at the right place, and repeats no content. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findJsonFault } from "./json-fault.ts";

test("faults are where the text stops being JSON", () => {
  const faults: readonly (readonly [string, number, RegExp])[] = [
    ["", 0, /^empty$/],
    [" \n\t\r", 4, /^empty$/],
    ["x", 0, /a value/],
    ["\u00a0", 0, /a value/],
    ["[1,]", 3, /a value is/],
    ["[}", 1, /a value or "\]"/],
    ["{,}", 1, /a key in double quotes or "}"/],
    ['{"a":1,}', 7, /a key in double quotes is/],
    ["{a:1}", 1, /a key/],
    ['{"a" 1}', 5, /":"/],
    ["[1 2]", 3, /"," or "\]"/],
    ['{"a":1]', 6, /"," or "}"/],
    ["1 2", 2, /nothing more/],
    ["01", 1, /nothing more/],
    ["NaN", 0, /a value/],
    ["nul1", 3, /"null"/],
    ["[True]", 1, /a value/],
    ["-x", 1, /a digit/],
    ["1.e1", 2, /a digit/],
    ["1e+x", 3, /a digit/],
    ['"a\nb"', 2, /control character/],
    ['"\\x"', 2, /escape/],
    ['"\\u12g4"', 5, /escape/],
  ];
  for (const [text, offset, problem] of faults) {
    const fault = findJsonFault(text);
    assert.equal(fault?.offset, offset, text);
    assert.match(fault.problem, problem, text);
  }
});

test("a text that is only cut short says so", () => {
  for (const text of [
    "[",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    "[1,",
    '"a',
    '"\\',
    '"\\u12',
    "-",
    "1.",
    "1e",
    "1e-",
    "tru",
    "n",
  ]) {
    assert.deepEqual(findJsonFault(text), { offset: text.length, problem: "it ends too early," }, text);
  }
});

test("any text has a fault exactly where JSON.parse has one", () => {
  const pieces = [
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"',
    "\\",
    '"a"',
    "1",
    "-",
    "0",
    ".",
    "e",
    "+",
    "true",
    "nul",
    " ",
    "\n",
    "\\u0041",
    "é",
  ];
  const noise = fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join(""));
  const cut = fc.tuple(fc.json(), fc.nat(50)).map(([text, at]) => text.slice(0, at) + text.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(noise, cut, fc.json(), fc.string()), (text) => {
      const fault = findJsonFault(text);
      assert.equal(fault === undefined, isJson(text));
      const known = fault && enginePosition(text);
      if (known !== undefined) assert.equal(fault?.offset, known);
    }),
    { numRuns: 5000 },
  );
});

test("long texts take one pass and no recursion", () => {
  for (const unit of ["[", '{"a":', "[[],", " ", '"', "\\", "1", '"\\u0000",'])
    findJsonFault(`[${unit.repeat(200_000)}`);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The position in the engine's own message, where it has one. */
function enginePosition(text: string): number | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const digits = /at position (\d+)/.exec(String(error))?.[1];
    return digits === undefined ? undefined : Number(digits);
  }
  return undefined;
}
