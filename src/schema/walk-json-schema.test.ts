/** Tests of walking, references and names. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonSchema } from "./json-schema.ts";
import {
  definitionKey,
  definitionReference,
  mapSubschemas,
  resolveReference,
  schemaName,
  walkJsonSchema,
} from "./walk-json-schema.ts";

test("maps subschemas by keyword and leaves data alone", () => {
  const schema: JsonSchema = {
    properties: { items: { type: "string" }, anyOf: { type: "null" } },
    items: { type: "array" },
    additionalProperties: false,
    allOf: [{ type: "object" }],
    default: { items: {} },
    enum: [{ properties: {} }],
  };
  const seen: unknown[] = [];
  mapSubschemas(schema, (subschema) => {
    seen.push(subschema.type);
    return subschema;
  });
  assert.deepEqual(seen, ["string", "null", "array", "object"]);
});

test("visits everything once, parents first, also in circles", () => {
  const shared: JsonSchema = { type: "string" };
  const circular: Record<string, unknown> = { type: "object", prefixItems: [shared, shared] };
  circular["not"] = circular;
  const types: unknown[] = [];
  walkJsonSchema(circular, ({ type }) => types.push(type));
  assert.deepEqual(types, ["object", "string"]);
});

test("references and definition keys are inverse to each other", () => {
  for (const key of ["Item", "a/b", "~1", "ä b", ""]) assert.equal(definitionKey(definitionReference(key)), key);
  for (const reference of ["#", "Item", "#/properties/a", "#/$defs/a/items"])
    assert.equal(definitionKey(reference), undefined);
});

test("resolves own definitions only", () => {
  const root: JsonSchema = { $defs: { A: { type: "string" } } };
  assert.equal(resolveReference({ $ref: "#/$defs/A" }, root), root.$defs?.["A"]);
  assert.equal(resolveReference({ $ref: "#/$defs/constructor" }, root), undefined);
  assert.equal(resolveReference({}, root), undefined);
});

test("the name of a schema is its id, or that of the definition it refers to", () => {
  assert.equal(schemaName({ id: "Item" }), "Item");
  assert.equal(schemaName({ $ref: "#/$defs/Item", $defs: { Item: { id: "Item" } } }), "Item");
  assert.equal(schemaName({ $ref: "#/$defs/__schema0", $defs: { __schema0: {} } }), undefined);
  assert.equal(schemaName({ title: "A title" }), undefined);
});
