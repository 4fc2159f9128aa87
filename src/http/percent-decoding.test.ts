/** Tests of percent-decoding: agreement with the language's own decoder, and no exceptions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodePercent } from "./percent-decoding.ts";

test("text without escapes comes back as it is", () => {
  for (const text of ["", "a", "a+b", "é", "\0", "\ud800"]) assert.equal(decodePercent(text), text);
});

test("escapes are decoded once, as UTF-8", () => {
  assert.equal(decodePercent("a%20b%2Fc%2fd"), "a b/c/d");
  assert.equal(decodePercent("%2540"), "%40");
  assert.equal(decodePercent("%E2%82%AC%F0%9F%90%A6"), "€🐦");
  assert.equal(decodePercent("%EF%BB%BFx"), "\ufeffx");
  assert.equal(decodePercent("%00"), "\0");
});

test("malformed escapes and bytes that are not UTF-8 are undefined", () => {
  const malformed = ["%", "%4", "%zz", "a%", "%%41", "%u0041", "%+1", "% 1", "%4\u0661"];
  const notUtf8 = ["%ff", "%80", "%c0%af", "%e0%80%af", "%ed%a0%80", "%f4%90%80%80", "%f5%80%80%80", "%e2%82", "%c3x"];
  for (const text of [...malformed, ...notUtf8]) assert.equal(decodePercent(text), undefined, text);
});

test("any text decodes exactly as decodeURIComponent does, or is undefined where that throws", () => {
  const hex = fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, "0")}`);
  const edges = fc.constantFrom("%", "%E0%A0", "%ED%9F", "%F0%90", "%F4%8F", "%80", "%BF", "%C2", "a", "é", "\udc00");
  const text = fc.array(fc.oneof(hex, edges, fc.string())).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (input) => assert.equal(decodePercent(input), decodeOrUndefined(input))),
    { numRuns: 2000 },
  );
});

test("every pair of bytes is judged as decodeURIComponent judges it", () => {
  for (let pair = 0; pair < 65_536; pair += 1) {
    const hex = pair.toString(16).padStart(4, "0");
    const input = `%${hex.slice(0, 2)}%${hex.slice(2)}`;
    // A third and fourth byte make the longer sequences reachable.
    const longer = `${input}%80${pair >= 0xf000 ? "%80" : ""}`;
    const tested = pair >= 0xe000 ? longer : input;
    if (decodePercent(tested) !== decodeOrUndefined(tested)) assert.fail(tested);
  }
});

test("decoding undoes encodeURIComponent", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => assert.equal(decodePercent(encodeURIComponent(text)), text)),
  );
});

function decodeOrUndefined(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
