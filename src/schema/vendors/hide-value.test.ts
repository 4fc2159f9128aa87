/** Tests of keeping rejected values out of messages. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hideValue } from "./hide-value.ts";

const hidden = "does not fit the schema";

test("keeps a message that quotes nothing", () => {
  for (const value of ["secret", 12345, null, undefined, { a: ["secret"] }, true, "a"]) {
    assert.equal(hideValue("must be a number", value), "must be a number");
  }
});

test("replaces a message that quotes any text or number, whole, cut or escaped", () => {
  assert.equal(hideValue('got "secret"', "secret"), hidden);
  assert.equal(hideValue("got secr…", { deep: [{ deeper: "secret" }] }), hidden);
  assert.equal(hideValue(`got ${JSON.stringify("\n\nabc")}`, "\n\nabc"), hidden);
  assert.equal(hideValue("got 12345", [12345]), hidden);
  assert.equal(hideValue("got 98765", { n: 98765n }), hidden);
});

test("does not trust what it cannot check", () => {
  assert.equal(hideValue("x".repeat(1_000), "secret"), hidden);
  assert.equal(
    hideValue(
      "must be short",
      Array.from({ length: 10_000 }, (_, index) => index),
    ),
    hidden,
  );
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  assert.equal(hideValue("must be a tree", circular), hidden);
});

test("property: the result never contains a text of the value of three characters or more", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 3, maxLength: 20 }), fc.string(), fc.string(), (leaf, before, after) => {
      const message = hideValue(`${before}${leaf}${after}`, { leaf });
      assert.ok(message === hidden);
    }),
  );
});
