/** Tests of the reader of the authorization field. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest } from "../../test/journey/one-middleware.ts";
import { isToken68, readAuthorization } from "./authorization-field.ts";

function read(authorization: string | readonly string[]): ReturnType<typeof readAuthorization> {
  return readAuthorization(buildRequest({ headers: { authorization } }).headers, "bearer");
}

test("the scheme is compared in any case, and ends where its name ends", () => {
  for (const line of ["Bearer abc", "bearer abc", "BEARER   abc", " bEaReR abc "]) {
    assert.deepEqual(read(line), { credentials: "abc" }, line);
  }
  for (const line of ["Bearerabc", "Bearer,abc", "Basic abc", "Bear er abc", "", "\u00a0Bearer abc"]) {
    assert.equal(read(line), undefined, line);
  }
  assert.deepEqual(read("Bearer"), { credentials: "" });
  assert.deepEqual(read("Bearer a, Basic b"), { credentials: "a, Basic b" });
});

test("several lines are not chosen from", () => {
  assert.equal(read(["Bearer abc", "Bearer def"]), "repeated");
  assert.equal(read(["Basic abc", "Bearer def"]), "repeated");
  assert.equal(readAuthorization(buildRequest().headers, "bearer"), undefined);
});

test("a token68 has its characters, and = only at its end", () => {
  for (const text of ["a", "aA0-._~+/", "a==", "eyJ.e30.sig"]) assert.ok(isToken68(text), text);
  for (const text of ["", "=", "a=b", "a b", "a,b", 'a"', "é", "a\n", "a\u0000"]) assert.ok(!isToken68(text), text);
  assert.ok(!isToken68(`${"a".repeat(100_000)}${"=".repeat(100_000)}!`));
});
