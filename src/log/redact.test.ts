/** Redaction: secrets go, everything else of a field stays readable, and nothing in a field can stop the line. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { redactFields, redactQuery } from "./redact.ts";

test("all errors of an AggregateError are told, at any depth", () => {
  const inner = new AggregateError([new Error("a"), new Error("b")], "both");
  const { error } = redactFields({ error: new Error("outer", { cause: inner }) });
  const { cause } = error as { cause: { errors: { message: string; stack: string }[] } };
  assert.deepEqual(
    cause.errors.map(({ message }) => message),
    ["a", "b"],
  );
  assert.match(cause.errors[0]?.stack ?? "", /redact\.test\.ts/);
});

test("an AggregateError that holds itself ends", () => {
  const error = new AggregateError([], "loop");
  error.errors.push(error);
  assert.ok(JSON.stringify(redactFields({ error })).length < 100_000);
});

test("maps, sets, bytes and values with a JSON form are shown as what they are", () => {
  const fields = {
    map: new Map<unknown, unknown>([
      ["a", 1],
      ["password", "x"],
    ]),
    set: new Set([1, { token: "x" }]),
    bytes: Buffer.from("secret"),
    own: { toJSON: () => ({ id: 1, apiKey: "x" }) },
  };
  assert.deepEqual(redactFields(fields), {
    map: { a: 1, password: "[redacted]" },
    set: [1, { token: "[redacted]" }],
    bytes: "[6 bytes]",
    own: { id: 1, apiKey: "[redacted]" },
  });
});

test("a URL loses its user, its password and the secrets of its query", () => {
  const url = new URL("https://ann:hunter2@example.com/a?token=x&page=2#f");
  assert.deepEqual(redactFields({ url }), { url: "https://example.com/a?token=[redacted]&page=2" });
});

test("a field that cannot be read does not take the line with it", () => {
  const field = {
    get broken() {
      throw new Error("no");
    },
  };
  assert.deepEqual(redactFields({ field, kept: 1 }), { field: "[unreadable]", kept: 1 });
});

test("a secret's name in a query is found under its escapes", () => {
  assert.equal(redactQuery("%74oken=x&a=%zz&%zz=1&page=2"), "%74oken=[redacted]&a=%zz&%zz=1&page=2");
});
