/** Tests of reading name–value pairs by a schema, by hand-written JSON Schema and by every vendor's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { z } from "zod";
import { compileSchema } from "../schema/compile-schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { compileTextReader, type TextReaderOptions, type TextReading } from "./compile-text-reader.ts";

const query: TextReaderOptions = { place: "query", ignoreCase: false, undeclared: "keep", emptyIsMissing: false };
const headers: TextReaderOptions = { place: "header", ignoreCase: true, undeclared: "drop", emptyIsMissing: false };
const form: TextReaderOptions = { place: "form", ignoreCase: false, undeclared: "keep", emptyIsMissing: true };

type Pairs = readonly (readonly [string, string])[];

function read(schema: JsonSchema | undefined, pairs: Pairs, options: TextReaderOptions = query): TextReading {
  return compileTextReader(schema, options).read(pairs);
}

const page: JsonSchema = {
  type: "object",
  properties: {
    limit: { type: "integer", default: 10 },
    tags: { type: "array", items: { type: "string" } },
    ids: { type: "array", items: { type: "integer" } },
    q: { type: "string" },
  },
};

test("coerces declared properties and collects repeated keys", () => {
  const { value, issues } = read(page, [
    ["tags", "a"],
    ["limit", "5"],
    ["ids", "1"],
    ["tags", "b"],
    ["ids", "x"],
    ["q", "7"],
  ]);
  assert.deepEqual(value, { limit: 5, tags: ["a", "b"], ids: [1, "x"], q: "7" });
  assert.deepEqual(Object.keys(value), ["limit", "tags", "ids", "q"]);
  assert.deepEqual(issues, []);
  assert.deepEqual(read(page, [["tags", "a"]]).value, { tags: ["a"] });
  assert.deepEqual(read(page, []).value, {});
});

test("a property that takes one value but was sent more often is an issue", () => {
  const { value, issues } = read({ properties: { "a/b": { type: "integer" } } }, [
    ["a/b", "1"],
    ["a/b", "2"],
    ["a/b", "3"],
  ]);
  assert.deepEqual(issues, [
    { in: "query", pointer: "/a~1b", message: "was sent 3 times, expected once", code: "repeated" },
  ]);
  assert.deepEqual(value, { "a/b": 1 });
});

test("a property that takes text or a list decides by how often it was sent", () => {
  const schema: JsonSchema = {
    properties: { a: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] } },
  };
  assert.deepEqual(read(schema, [["a", "1"]]).value, { a: "1" });
  assert.deepEqual(
    read(schema, [
      ["a", "1"],
      ["a", "2"],
    ]).value,
    { a: ["1", "2"] },
  );
});

test("undeclared names are kept as text, as a list when repeated, or dropped", () => {
  const pairs: Pairs = [
    ["x", "1"],
    ["y", "2"],
    ["y", "3"],
    ["q", "4"],
  ];
  assert.deepEqual(read(page, pairs).value, { q: "4", x: "1", y: ["2", "3"] });
  assert.deepEqual(read(page, pairs, { ...query, undeclared: "drop" }).value, { q: "4" });
  assert.deepEqual(read({ type: "object", properties: {} }, pairs, headers).value, {});
});

test("a schema that declares no names keeps them all", () => {
  const pairs: Pairs = [
    ["x", "1"],
    ["y", "2"],
    ["y", "3"],
  ];
  for (const schema of [undefined, {}, { type: "object" }]) {
    assert.deepEqual(read(schema, pairs, headers).value, { x: "1", y: ["2", "3"] });
  }
});

test("additionalProperties says what other names hold", () => {
  const record: JsonSchema = { type: "object", additionalProperties: { type: "integer" } };
  assert.deepEqual(
    read(
      record,
      [
        ["a", "1"],
        ["b", "x"],
      ],
      headers,
    ).value,
    { a: 1, b: "x" },
  );
  assert.equal(
    read(record, [
      ["a", "1"],
      ["a", "2"],
    ]).issues[0]?.code,
    "repeated",
  );
  const lists: JsonSchema = { additionalProperties: { type: "array", items: { type: "integer" } } };
  assert.deepEqual(read(lists, [["a", "1"]]).value, { a: [1] });
  const loose: JsonSchema = { ...page, additionalProperties: {} };
  assert.deepEqual(
    read(
      loose,
      [
        ["limit", "1"],
        ["z", "2"],
      ],
      headers,
    ).value,
    { limit: 1, z: "2" },
  );
});

test("names that reach into prototypes are dropped unless declared", () => {
  const pairs: Pairs = [
    ["__proto__", "1"],
    ["constructor", "2"],
    ["prototype", "3"],
    ["toString", "4"],
  ];
  const { value } = read(undefined, pairs);
  assert.deepEqual(Object.keys(value), ["toString"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  const declared = read(
    { properties: { constructor: { type: "integer" }, ["__proto__"]: { type: "integer" } } },
    pairs,
  );
  assert.deepEqual(Object.entries(declared.value), [
    ["constructor", 2],
    ["toString", "4"],
  ]);
  assert.equal(Object.getPrototypeOf(declared.value), Object.prototype);
});

test("header names match in any case and come under the schema's spelling", () => {
  const schema: JsonSchema = { properties: { "X-Request-ID": { type: "string" }, "retry-after": { type: "integer" } } };
  const pairs: Pairs = [
    ["x-request-id", "7"],
    ["retry-after", "3"],
    ["host", "example.com"],
  ];
  assert.deepEqual(read(schema, pairs, headers).value, { "X-Request-ID": "7", "retry-after": 3 });
});

test("declared lists in headers are split at commas, in other places they are not", () => {
  const schema: JsonSchema = {
    properties: { ids: { type: "array", items: { type: "integer" } }, one: { type: "string" }, both: {} },
  };
  const pairs: Pairs = [
    ["ids", "1, 2,"],
    ["one", "a,b"],
    ["both", "c,d"],
    ["ids", "x"],
  ];
  assert.deepEqual(read(schema, pairs, headers), { value: { ids: [1, 2, "x"], one: "a,b", both: "c,d" }, issues: [] });
  assert.deepEqual(read(schema, [["ids", " ,"]], headers).value, { ids: [] });
  assert.deepEqual(read(schema, [], headers).value, {});
  assert.deepEqual(read(schema, [["ids", "1,2"]], query).value, { ids: ["1,2"] });
});

test("in forms, empty text that cannot be a value counts as not sent", () => {
  const schema: JsonSchema = {
    properties: {
      age: { type: "integer" },
      note: { type: "string" },
      color: { enum: ["red", "blue"] },
      rank: { type: ["integer", "null"] },
      ids: { type: "array", items: { type: "integer" } },
      names: { type: "array", items: { type: "string" } },
    },
  };
  const empty = Object.keys(schema.properties ?? {}).map((name): readonly [string, string] => [name, ""]);
  assert.deepEqual(read(schema, empty, form).value, { note: "", rank: null, names: [""] });
  assert.deepEqual(
    read(
      schema,
      [
        ["ids", ""],
        ["ids", "1"],
      ],
      form,
    ).value,
    { ids: [1] },
  );
  assert.deepEqual(read(schema, [["age", ""]], query).value, { age: "" });
});

test("properties come from references, allOf and every branch", () => {
  const schema: JsonSchema = {
    $ref: "#/$defs/Page",
    $defs: {
      Page: {
        allOf: [
          { properties: { a: { type: "integer" } } },
          { properties: { a: { minimum: 1 }, b: { type: "boolean" } } },
        ],
        anyOf: [
          { properties: { kind: { const: 1 }, c: { type: "integer" } } },
          { properties: { kind: { const: 2 }, c: { type: "boolean" } } },
        ],
      },
    },
  };
  const pairs: Pairs = [
    ["a", "1"],
    ["b", "no"],
    ["kind", "2"],
    ["c", "off"],
  ];
  assert.deepEqual(read(schema, pairs, headers).value, { a: 1, b: false, kind: 2, c: false });
});

const vendors: Readonly<Record<string, unknown>> = {
  zod: z.object({
    n: z.int(),
    f: z.number().optional(),
    b: z.boolean().default(false),
    l: z.array(z.int()).optional(),
    e: z.literal([1, 2]).optional(),
    u: z.int().nullish(),
  }),
  "zod that coerces": z.object({
    n: z.coerce.number(),
    f: z.coerce.number().optional(),
    b: z.coerce.boolean().default(false),
    l: z.array(z.coerce.number()).optional(),
    e: z.coerce.number().optional(),
    u: z.int().nullish(),
  }),
  valibot: v.object({
    n: v.pipe(v.number(), v.integer()),
    f: v.optional(v.number()),
    b: v.optional(v.boolean(), false),
    l: v.optional(v.array(v.number())),
    e: v.optional(v.picklist([1, 2])),
    u: v.nullish(v.number()),
  }),
  arktype: type({
    n: "number.integer",
    "f?": "number",
    b: "boolean = false",
    "l?": "number[]",
    "e?": "1 | 2",
    "u?": "number | null",
  }),
};

for (const [vendor, source] of Object.entries(vendors)) {
  test(`${vendor}: text becomes what the schema asks for`, async () => {
    const schema = await compileSchema(source);
    const reader = compileTextReader(schema.input, query);
    const full: Pairs = [
      ["n", "5"],
      ["f", "1.5"],
      ["b", "yes"],
      ["l", "1"],
      ["l", "2"],
      ["e", "2"],
      ["u", ""],
    ];
    const result = await schema.validate(reader.read(full).value);
    assert.deepEqual(result.value, { n: 5, f: 1.5, b: true, l: [1, 2], e: 2, u: null });
    assert.deepEqual((await schema.validate(reader.read([["n", "5"]]).value)).value, { n: 5, b: false });
    assert.deepEqual(
      (
        await schema.validate(
          reader.read([
            ["n", "5"],
            ["b", "false"],
          ]).value,
        )
      ).value,
      { n: 5, b: false },
    );
    const wrong = await schema.validate(
      reader.read([
        ["n", "abc"],
        ["b", "1"],
      ]).value,
    );
    assert.deepEqual(
      wrong.issues?.map(({ path }) => path),
      [["n"]],
    );
  });
}

test("property: any pairs, under any of these schemas, never throw and never touch a prototype", () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom("limit", "tags", "ids", "q", "__proto__", "constructor", "toString", "hasOwnProperty"),
  );
  const pairs = fc.array(fc.tuple(names, fc.oneof(fc.string(), fc.integer().map(String))), { maxLength: 20 });
  const schemas: readonly (JsonSchema | undefined)[] = [
    undefined,
    {},
    page,
    { additionalProperties: { type: "integer" } },
    { anyOf: [page, { type: "null" }] },
  ];
  const readers = schemas.flatMap((schema) =>
    [query, headers, form].map((options) => compileTextReader(schema, options)),
  );
  fc.assert(
    fc.property(pairs, (sent) => {
      for (const reader of readers) {
        const { value, issues } = reader.read(sent);
        assert.equal(Object.getPrototypeOf(value), Object.prototype);
        assert.ok(!Object.hasOwn(value, "__proto__"));
        for (const issue of issues) assert.equal(issue.code, "repeated");
      }
    }),
  );
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
