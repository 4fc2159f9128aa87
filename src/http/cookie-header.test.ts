/** Tests of the cookie reader: RFC 6265bis, forged names, and agreement with what Apus writes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { maxCookies, parseCookies } from "./cookie-header.ts";
import { isToken } from "./header-rules.ts";
import { encodeSetCookie } from "./set-cookie.ts";

test("pairs are split at the first equals sign, in order, repeated names included", () => {
  assert.deepEqual(parseCookies("a=1; b=2;c=3"), [
    ["a", "1"],
    ["b", "2"],
    ["c", "3"],
  ]);
  assert.deepEqual(parseCookies("a=b=c; a=2; A=3"), [
    ["a", "b=c"],
    ["a", "2"],
    ["A", "3"],
  ]);
  assert.deepEqual(parseCookies("a=; \tb\t=\t2 "), [
    ["a", ""],
    ["b", "2"],
  ]);
  assert.deepEqual(parseCookies(""), []);
});

test("what has no name is ignored", () => {
  assert.deepEqual(parseCookies("=__Host-x; =; loose;; ; a=1"), [["a", "1"]]);
});

test("surrounding quotes are removed, once and only as a pair", () => {
  assert.deepEqual(parseCookies(`a="1"; b="; c="x; d=""; e=""f""`), [
    ["a", "1"],
    ["b", '"'],
    ["c", '"x'],
    ["d", ""],
    ["e", '"f"'],
  ]);
});

test("values are percent-decoded where that is possible; names never are", () => {
  assert.deepEqual(parseCookies("a=%E2%82%AC; b=100%; c=%ff; d=a+b; %61=1"), [
    ["a", "€"],
    ["b", "100%"],
    ["c", "%ff"],
    ["d", "a+b"],
    ["%61", "1"],
  ]);
});

test("attacks: names that other readers trim onto a real one stay distinct", () => {
  assert.deepEqual(parseCookies("\xa0__Host-x=forged; \x0b__Host-x=2; __Host-x=1"), [
    ["\xa0__Host-x", "forged"],
    ["\x0b__Host-x", "2"],
    ["__Host-x", "1"],
  ]);
  assert.deepEqual(parseCookies("__proto__=1; constructor=2"), [
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
});

test("attacks: only so many pairs are read", () => {
  assert.equal(parseCookies("a=1;".repeat(100_000)).length, maxCookies);
  assert.equal(parseCookies(";".repeat(1_000_000)).length, 0);
  assert.deepEqual(parseCookies(`a=${" ".repeat(1_000_000)}b`), [["a", "b"]]);
});

test("any text is read", () => {
  const noise = fc
    .array(fc.constantFrom("a", "=", ";", '"', " ", "\t", "%", "%C3", "\xa0", "\0"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string({ unit: "binary" })), (text) => void parseCookies(text)),
    { numRuns: 1000 },
  );
});

test("what encodeSetCookie writes reads back the same", () => {
  const name = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter(isToken)
    .filter((text) => !text.startsWith("__"));
  fc.assert(
    fc.property(name, fc.string({ unit: "grapheme", maxLength: 100 }), (cookie, value) => {
      const [sent = ""] = encodeSetCookie(cookie, value).split(";", 1);
      assert.deepEqual(parseCookies(`x=y; ${sent}; z="1"`), [
        ["x", "y"],
        [cookie, value],
        ["z", "1"],
      ]);
    }),
  );
});
