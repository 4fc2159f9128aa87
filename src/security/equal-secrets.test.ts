/** Tests of comparing secrets; attack rows 161 and 162 are tested in test/conformance. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { digestSecret, equalSecrets, isKnownSecret } from "./equal-secrets.ts";

test("equal is equal, whatever the lengths", () => {
  assert.ok(equalSecrets("", ""));
  assert.ok(equalSecrets("é😀", "é😀"));
  for (const other of ["", "secre", "secret ", "Secret", "secret\u0000", "s".repeat(10_000)]) {
    assert.ok(!equalSecrets(other, "secret"), other);
  }
});

test("one of many, the last as well as the first", () => {
  const digests = ["a", "b", "c"].map(digestSecret);
  for (const known of ["a", "b", "c"]) assert.ok(isKnownSecret(known, digests));
  for (const unknown of ["", "d", "ab"]) assert.ok(!isKnownSecret(unknown, digests));
  assert.ok(!isKnownSecret("a", []));
});
