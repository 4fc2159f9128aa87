/** Tests of the query and form text reader: agreement with the platform where text is well formed, refusal where not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { maxPairs, parseQuery } from "./parse-query.ts";

/** "status code: detail" of the refusal. */
function refusal(text: string, place?: "query" | "form"): string {
  try {
    parseQuery(text, place);
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    return `${error.status} ${String(error.problem["code"])}: ${String(error.problem.detail)}`;
  }
  return assert.fail("was accepted");
}

test("pairs come in order, repeated names included, empty pairs skipped", () => {
  assert.deepEqual(parseQuery("a=1&b=2&a=3"), [
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
  assert.deepEqual(parseQuery("&&a=1&&&b&"), [
    ["a", "1"],
    ["b", ""],
  ]);
  assert.deepEqual(parseQuery("a=b=c&=x&="), [
    ["a", "b=c"],
    ["", "x"],
    ["", ""],
  ]);
  assert.deepEqual(parseQuery("a;b=1&a[b]=2&a.b=3"), [
    ["a;b", "1"],
    ["a[b]", "2"],
    ["a.b", "3"],
  ]);
  assert.deepEqual(parseQuery(""), []);
});

test("plus and escapes are decoded once, in names and values", () => {
  assert.deepEqual(parseQuery("a+b=c+d&e%26=%3D%2B%2520&%E2%82%AC=%f0%9f%90%a6"), [
    ["a b", "c d"],
    ["e&", "=+%20"],
    ["€", "🐦"],
  ]);
});

test("malformed escapes are refused by place and number, without the content", () => {
  assert.equal(
    refusal("a=1&secret=%zz"),
    "400 query-encoding: The value of parameter 2 in the query has a percent-escape that is malformed or not UTF-8.",
  );
  assert.match(refusal("%ff=secret", "form"), /^400 query-encoding: The name of parameter 1 in the form has/);
  for (const text of ["%", "a=%", "a=%2", "a=%c3", "a=%ed%a0%80", "a=%c0%af", "+=%"])
    assert.match(refusal(text), /^400 query-encoding/);
});

test("attacks: the number of pairs is bounded", () => {
  assert.equal(parseQuery("a&".repeat(maxPairs)).length, maxPairs);
  assert.equal(refusal("a&".repeat(maxPairs + 1)), "400 too-many-parameters: The query has more than 1000 parameters.");
  assert.match(refusal("a=%20&".repeat(100_000), "form"), /^413 too-many-parameters: The form/);
  assert.deepEqual(parseQuery("&".repeat(1_000_000)), []);
});

test("attacks: special names are only text", () => {
  assert.deepEqual(parseQuery("__proto__=1&constructor=2&%5F_proto__=3"), [
    ["__proto__", "1"],
    ["constructor", "2"],
    ["__proto__", "3"],
  ]);
});

test("any text is read as URLSearchParams reads it, or is refused", () => {
  const noise = fc
    .array(fc.constantFrom("a", "=", "&", "+", "%", "%C3%A9", "%20", "%ff", "é", ";", "?"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string({ unit: "grapheme" })), fc.constantFrom("query", "form"), (text, place) => {
      try {
        // The platform takes a leading "?" off, so it is given one.
        assert.deepEqual(parseQuery(text, place), [...new URLSearchParams(`?${text}`)]);
      } catch (error) {
        assert.ok(error instanceof HttpError, String(error));
        assert.throws(() => text.replaceAll("+", " ").split(/[&=]/).map(decodeURIComponent));
      }
    }),
    { numRuns: 2000 },
  );
});

test("reading what URLSearchParams wrote gives it back", () => {
  const pairs = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })));
  fc.assert(fc.property(pairs, (list) => assert.deepEqual(parseQuery(new URLSearchParams(list).toString()), list)));
});
