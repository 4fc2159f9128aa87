/** Tests of the rules of field names and values: every code unit, and what the errors say. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ApusError } from "../errors/apus-error.ts";
import { checkHeaderName, checkHeaderValue, isToken, isTokenCode } from "./header-rules.ts";

test("a token has at least one character, and only those of RFC 9110 §5.6.2", () => {
  const reference = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
  for (let code = 0; code < 0x1_0000; code += 1) {
    const expected = reference.test(String.fromCharCode(code));
    if (isToken(String.fromCharCode(code)) !== expected || isTokenCode(code) !== expected) assert.fail(String(code));
  }
  assert.equal(isToken(""), false);
  assert.equal(isToken("x-request-id"), true);
  assert.equal(isToken("x y"), false);
});

test("names that are not tokens are refused", () => {
  for (const name of ["x", "Content-Type", "__proto__", "X_1"]) checkHeaderName(name);
  for (const name of ["", " x", "x ", "x:", "x\r\ny", "x\0", "é", "x/y", "\u212a"]) {
    assert.throws(() => checkHeaderName(name), isInvalidHeader, JSON.stringify(name));
  }
});

test("values carry HTAB, SP, VCHAR and bytes from 0x80, and nothing else", () => {
  for (let code = 0; code < 0x1_0000; code += 1) {
    const value = `a${String.fromCharCode(code)}b`;
    const allowed = code === 9 || (code >= 0x20 && code <= 0xff && code !== 0x7f);
    if (accepts(value) !== allowed) assert.fail(String(code));
  }
});

test("values are neither padded nor split", () => {
  for (const value of ["", "a", "a b", "a\tb", "\xa0a"]) checkHeaderValue("x", value);
  for (const value of [" a", "a ", "\ta", "a\t", " ", "a\r\nset-cookie: b", "a\nb", "a\rb", "a\0"]) {
    assert.throws(() => checkHeaderValue("x", value), isInvalidHeader, JSON.stringify(value));
  }
});

test("messages name the header, the place and the remedy, and keep the value to themselves", () => {
  assert.throws(
    () => checkHeaderValue("x-name", "secret €"),
    (error: Error) => {
      assert.match(error.message, /"x-name" has U\+20AC at index 7.*encodeURIComponent/);
      return !error.message.includes("secret");
    },
  );
  assert.throws(() => checkHeaderValue("x-name", "a\r\nb"), /"x-name" has U\+000D at index 1.*remove it/);
  assert.throws(
    () => checkHeaderName(`a b${"c".repeat(10_000)}\n`),
    (error: Error) => error.message.length < 250,
  );
});

test("any text is accepted or refused with an ApusError", () => {
  const pair = fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(pair, ([name, value]) => {
      for (const check of [() => checkHeaderName(name), () => checkHeaderValue(name, value)]) {
        try {
          check();
        } catch (error) {
          assert.ok(isInvalidHeader(error));
        }
      }
    }),
  );
});

function accepts(value: string): boolean {
  try {
    checkHeaderValue("x", value);
    return true;
  } catch {
    return false;
  }
}

function isInvalidHeader(error: unknown): boolean {
  return error instanceof ApusError && error.code === "APUS_INVALID_HEADER";
}
