/** Tests of coercion by JSON Schema: one text, and the items of a list. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonSchema } from "../schema/json-schema.ts";
import { compileCoercion } from "./compile-coercion.ts";

function read(schema: JsonSchema, text: string, root: JsonSchema = schema): unknown {
  return compileCoercion(schema, root).readOne(text);
}

const integer: JsonSchema = { type: "integer" };
const number: JsonSchema = { type: "number" };
const boolean: JsonSchema = { type: "boolean" };
const string: JsonSchema = { type: "string" };
const empty: JsonSchema = { type: "null" };

test("coerces by schema, and leaves text that does not fit", () => {
  const cases: readonly [JsonSchema, string, unknown][] = [
    [integer, "5", 5],
    [integer, "5.0", "5.0"],
    [integer, "abc", "abc"],
    [number, "5.5", 5.5],
    [boolean, "off", false],
    [boolean, "maybe", "maybe"],
    [string, "5", "5"],
    [{}, "5", "5"],
    [{ description: "anything" }, "true", "true"],
    [{ type: "object" }, '{"a":1}', '{"a":1}'],
    [{ type: "array", items: integer }, "5", "5"],
    [{ not: {} }, "5", "5"],
    [{ const: 1 }, "1", 1],
    [{ const: 1 }, "1.0", 1],
    [{ const: "1" }, "1", "1"],
    [{ const: true }, "yes", true],
    [{ const: true }, "no", "no"],
    [{ type: "number", enum: [1, 2.5] }, "2.5", 2.5],
    [{ enum: [1, 2] }, "3", "3"],
    [{ enum: ["1", 1] }, "1", "1"],
    [{ enum: ["on", true] }, "on", "on"],
    [{ enum: ["auto", 5] }, "5", 5],
    [{ enum: ["a", null] }, "", null],
  ];
  for (const [schema, text, value] of cases)
    assert.deepEqual(read(schema, text), value, `${JSON.stringify(schema)} ${text}`);
});

test("unions: an exact member, then plain text, then the first that reads it, then null for nothing", () => {
  const cases: readonly [JsonSchema, string, unknown][] = [
    [{ anyOf: [integer, string] }, "5", "5"],
    [{ anyOf: [string, { const: 5 }] }, "5", 5],
    [{ anyOf: [string, { const: 5 }] }, "6", "6"],
    [{ oneOf: [{ enum: ["auto"] }, integer] }, "5", 5],
    [{ oneOf: [{ enum: ["auto"] }, integer] }, "auto", "auto"],
    [{ anyOf: [integer, boolean] }, "1", 1],
    [{ anyOf: [boolean, integer] }, "1", true],
    [{ anyOf: [boolean, integer] }, "5", 5],
    [{ anyOf: [integer, empty] }, "", null],
    [{ anyOf: [integer, empty] }, "5", 5],
    [{ anyOf: [string, empty] }, "", ""],
    [{ type: ["integer", "null"] }, "", null],
    [{ type: ["integer", "null"] }, "7", 7],
    [{ type: ["string", "integer"] }, "7", "7"],
    [{ type: "integer", nullable: true }, "", null],
    [{ anyOf: [{ type: "object" }, integer] }, "5", 5],
    [{ anyOf: [{}, integer] }, "5", "5"],
  ];
  for (const [schema, text, value] of cases)
    assert.deepEqual(read(schema, text), value, `${JSON.stringify(schema)} ${text}`);
});

test("references, allOf and parts that hold together: the most telling part decides", () => {
  const root: JsonSchema = {
    $defs: { Id: integer, Loop: { $ref: "#/$defs/Loop" }, Names: { type: "array", items: integer } },
  };
  assert.equal(read({ $ref: "#/$defs/Id" }, "5", root), 5);
  assert.equal(read({ $ref: "#/$defs/Id", description: "an id" }, "5", root), 5);
  assert.equal(read({ $ref: "#/$defs/Missing" }, "5", root), "5");
  assert.equal(read({ $ref: "#/$defs/Loop" }, "5", root), "5");
  assert.equal(read({ allOf: [{ minimum: 1 }, number, { maximum: 3 }] }, "2.5"), 2.5);
  assert.equal(read({ allOf: [number, integer] }, "2.5"), "2.5");
  assert.equal(read({ type: "number", allOf: [{ enum: [1] }] }, "1"), 1);
  assert.equal(compileCoercion({ $ref: "#/$defs/Names" }, root).readItem?.("5", 0), 5);
});

test("lists: items and tuple positions are coerced one by one", () => {
  const list = compileCoercion({ type: "array", prefixItems: [boolean], items: integer }, {});
  assert.equal(list.isListOnly, true);
  assert.equal(list.readItem?.("no", 0), false);
  assert.equal(list.readItem?.("7", 1), 7);
  assert.equal(list.readItem?.("7", 2), 7);
  const closed = compileCoercion({ prefixItems: [integer, string], items: false }, {});
  assert.deepEqual([closed.readItem?.("1", 0), closed.readItem?.("1", 1), closed.readItem?.("1", 2)], [1, "1", "1"]);
  const set = compileCoercion({ type: "array", uniqueItems: true, items: { enum: [1, 2] } }, {});
  assert.equal(set.readItem?.("2", 0), 2);
});

test("says whether one text is a list, and whether empty text can be a value", () => {
  const either = compileCoercion({ anyOf: [string, { type: "array", items: string }] }, {});
  assert.deepEqual([either.isListOnly, either.readOne("x"), either.readItem?.("x", 0)], [false, "x", "x"]);
  const optional = compileCoercion({ anyOf: [{ type: "array", items: integer }, empty] }, {});
  assert.equal(optional.isListOnly, true);
  assert.equal(compileCoercion(string, {}).readItem, undefined);
  const takes = (schema: JsonSchema): boolean => compileCoercion(schema, {}).takesEmpty;
  assert.deepEqual(
    [string, {}, integer, { enum: ["a"] }, { enum: ["", "a"] }, { type: ["integer", "null"] }].map(takes),
    [true, true, false, false, true, true],
  );
  assert.equal(compileCoercion({ type: "array", items: integer }, {}).takesEmptyItem, false);
});
