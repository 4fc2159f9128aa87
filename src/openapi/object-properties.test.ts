/** Tests of collecting the properties of an object's JSON Schema. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonSchema } from "../schema/json-schema.ts";
import { collectProperties } from "./object-properties.ts";

const text: JsonSchema = { type: "string" };
const integer: JsonSchema = { type: "integer" };

function collected(schema: JsonSchema): unknown {
  return Object.fromEntries(collectProperties(schema));
}

test("own properties, and those behind a reference", () => {
  const schema: JsonSchema = { type: "object", properties: { a: text, b: integer }, required: ["a"] };
  const expected = { a: { schema: text, required: true }, b: { schema: integer, required: false } };
  assert.deepEqual(collected(schema), expected);
  assert.deepEqual(collected({ $ref: "#/$defs/X", $defs: { X: schema } }), expected);
  assert.deepEqual(collected({}), {});
});

test("what holds together is required when one part requires it", () => {
  const schema: JsonSchema = {
    allOf: [{ properties: { a: text, b: text } }, { properties: { a: integer, b: text }, required: ["a"] }],
  };
  assert.deepEqual(collected(schema), {
    a: { schema: { allOf: [text, integer] }, required: true },
    b: { schema: text, required: false },
  });
});

test("of a union, only what every branch requires is required", () => {
  const branch = (kind: string, more: string): JsonSchema => ({
    properties: { kind: { const: kind }, [more]: text },
    required: ["kind", more],
  });
  assert.deepEqual(collected({ oneOf: [branch("x", "a"), branch("y", "b"), branch("z", "b")] }), {
    kind: { schema: { anyOf: [{ const: "x" }, { const: "y" }, { const: "z" }] }, required: true },
    a: { schema: text, required: false },
    b: { schema: text, required: false },
  });
});

test("a schema that refers to itself ends", () => {
  const schema: JsonSchema = {
    $ref: "#/$defs/X",
    $defs: { X: { properties: { a: text }, allOf: [{ $ref: "#/$defs/X" }] } },
  };
  assert.deepEqual(collected(schema), { a: { schema: text, required: false } });
});
