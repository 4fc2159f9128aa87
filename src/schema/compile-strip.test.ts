/** Tests of stripping by JSON Schema. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileStrip } from "./compile-strip.ts";
import type { JsonSchema } from "./json-schema.ts";

const text: JsonSchema = { type: "string" };
const named: JsonSchema = { type: "object", properties: { name: text }, required: ["name"] };

function strip(schema: JsonSchema, value: unknown): unknown {
  return compileStrip(schema)(value);
}

test("copies declared properties in the schema's order, nothing else", () => {
  const value = { b: "2", x: 1, a: "1" };
  const result = strip({ properties: { a: text, b: text, c: text } }, value);
  assert.deepEqual(result, { a: "1", b: "2" });
  assert.deepEqual(Object.keys(result as object), ["a", "b"]);
  assert.deepEqual(value, { b: "2", x: 1, a: "1" });
});

test("keeps what no schema describes", () => {
  const value = { a: { b: 1 } };
  for (const schema of [
    {},
    { type: "object" },
    { additionalProperties: true },
    { additionalProperties: {} },
    { description: "any" },
  ]) {
    assert.deepEqual(strip(schema, value), value);
  }
  assert.equal(strip({ type: "object" }, value), value);
  const list = [1, 2];
  assert.equal(strip({ type: "array", items: { type: "integer" } }, list), list);
});

test("reads additionalProperties, patternProperties and empty objects", () => {
  assert.deepEqual(strip({ additionalProperties: named }, { k: { name: "a", x: 1 } }), { k: { name: "a" } });
  assert.deepEqual(strip({ properties: {}, additionalProperties: false }, { k: 1 }), {});
  assert.deepEqual(strip({ properties: {} }, { k: 1 }), {});
  assert.deepEqual(
    strip(
      { properties: { a: text }, patternProperties: { "^x-": named } },
      { a: "1", "x-b": { name: "n", y: 1 }, c: 1 },
    ),
    {
      a: "1",
      "x-b": { name: "n" },
    },
  );
});

test("strips items and tuples", () => {
  const items = { prefixItems: [named, text], items: named };
  assert.deepEqual(strip(items, [{ name: "a", x: 1 }, "t", { name: "b", x: 1 }]), [{ name: "a" }, "t", { name: "b" }]);
});

test("joins allOf, references and conditionals", () => {
  const schema: JsonSchema = {
    $ref: "#/$defs/Base",
    properties: { own: text },
    allOf: [{ properties: { extra: named } }],
    then: { properties: { conditional: text } },
    $defs: { Base: { properties: { base: text } } },
  };
  const value = { own: "1", base: "2", extra: { name: "3", x: 1 }, conditional: "4", x: 1 };
  assert.deepEqual(strip(schema, value), { own: "1", base: "2", extra: { name: "3" }, conditional: "4" });
});

test("follows recursion through references and through their intersection", () => {
  const node = (extra: string): JsonSchema => ({ properties: { child: { $ref: `#/$defs/${extra}` }, [extra]: text } });
  const schema: JsonSchema = {
    allOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }],
    $defs: { a: node("a"), b: node("b") },
  };
  const value = { a: "1", b: "2", x: 1, child: { a: "3", b: "4", x: 1, child: { a: "5", x: 1 } } };
  assert.deepEqual(strip(schema, value), { a: "1", b: "2", child: { a: "3", b: "4", child: { a: "5" } } });
});

test("of a union, the first branch that fits decides", () => {
  const a: JsonSchema = { type: "object", properties: { kind: { const: "a" }, a: text }, required: ["kind", "a"] };
  const b: JsonSchema = { type: "object", properties: { kind: { enum: ["b", "c"] }, b: text }, required: ["kind"] };
  const schema: JsonSchema = { oneOf: [a, b, { type: "null" }, { type: "array", items: named }] };
  assert.deepEqual(strip(schema, { kind: "a", a: "1", b: "2" }), { kind: "a", a: "1" });
  assert.deepEqual(strip(schema, { kind: "c", a: "1", b: "2" }), { kind: "c", b: "2" });
  assert.deepEqual(strip(schema, [{ name: "n", x: 1 }]), [{ name: "n" }]);
  assert.equal(strip(schema, null), null);
});

test("a branch that forbids the value's other properties is passed over", () => {
  const closed = (...names: string[]): JsonSchema => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, text])),
    required: names,
    additionalProperties: false,
  });
  assert.deepEqual(strip({ anyOf: [closed("a"), closed("a", "b")] }, { a: "1", b: "2" }), { a: "1", b: "2" });
  assert.deepEqual(strip({ anyOf: [closed("a"), closed("a", "b")] }, { a: "1", c: "2" }), { a: "1" });
});

test("a branch may be told apart by a nested property", () => {
  const of = (type: string, name: string): JsonSchema => ({
    properties: { meta: { type: "object", properties: { v: { type } }, required: ["v"] }, [name]: text },
  });
  const schema = { anyOf: [of("integer", "i"), of("string", "s")] };
  assert.deepEqual(strip(schema, { meta: { v: "x", y: 1 }, i: "1", s: "2" }), { meta: { v: "x" }, s: "2" });
});

test("when no branch fits, only what every branch declares is kept", () => {
  const schema: JsonSchema = {
    anyOf: [
      { properties: { kind: { const: "a" }, shared: named, a: text } },
      { properties: { kind: { const: "b" }, shared: named, b: text } },
    ],
  };
  const value = { kind: "z", shared: { name: "n", x: 1 }, a: "1", b: "2" };
  assert.deepEqual(strip(schema, value), { kind: "z", shared: { name: "n" } });
  const lists = { anyOf: [{ type: "string" }, { type: "array", maxItems: 1, items: { ...named, type: "null" } }] };
  assert.deepEqual(strip(lists, [{ name: "n", x: 1 }]), [{ name: "n" }]);
});

test("properties beside a union belong to every branch", () => {
  const schema: JsonSchema = {
    properties: { id: text },
    anyOf: [{ properties: { a: text }, required: ["a"] }, { properties: { b: text } }],
  };
  assert.deepEqual(strip(schema, { id: "1", a: "2", b: "3" }), { id: "1", a: "2" });
  assert.deepEqual(strip(schema, { id: "1", b: "3", c: "4" }), { id: "1", b: "3" });
});

test("dates stay dates, also in a union", () => {
  const when = new Date(0);
  assert.equal(strip({ type: "string", format: "date-time" }, when), when);
  assert.equal(strip({ anyOf: [{ type: "string", format: "date-time" }, named] }, when), when);
});

test("class instances give their fields and getters, inherited members of Object never", () => {
  class Person {
    name = "Ada";
    password = "secret";
    get upper(): string {
      return this.name.toUpperCase();
    }
  }
  const schema = { properties: { name: text, upper: text, toString: {}, constructor: {}, ["__proto__"]: {} } };
  assert.deepEqual(strip(schema, new Person()), { name: "Ada", upper: "ADA" });
  assert.deepEqual(Object.keys(strip(schema, { constructor: "own" }) as object), ["constructor"]);
  const poisoned = strip(
    { properties: { ["__proto__"]: {} }, additionalProperties: {} },
    JSON.parse('{"__proto__":{"x":1},"a":1}'),
  );
  assert.deepEqual(Object.getPrototypeOf(poisoned), Object.prototype);
  assert.deepEqual(poisoned, { a: 1 });
});

test("property: an undeclared property is never in the result, and nothing throws", () => {
  const schema: JsonSchema = {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        anyOf: [
          {
            type: "object",
            properties: { a: { $ref: "#/$defs/node" }, b: { type: "array", items: { $ref: "#/$defs/node" } } },
          },
          { type: "array", items: { $ref: "#/$defs/node" } },
          { type: ["string", "number", "boolean", "null"] },
        ],
      },
    },
  };
  const compiled = compileStrip(schema);
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, fc.integer(), fc.string(), fc.constant(null), tie("list"), tie("object")),
    list: fc.array(tie("value"), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom("a", "b", "secret"), tie("value"), { maxKeys: 3 }),
  }));
  fc.assert(
    fc.property(json.value, (value) => {
      const before = JSON.stringify(value);
      assert.ok(!(JSON.stringify(compiled(value)) ?? "").includes('"secret":'));
      assert.equal(JSON.stringify(value), before);
    }),
  );
});
