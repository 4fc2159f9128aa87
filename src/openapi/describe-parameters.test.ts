/** Tests of describing path, query, header and cookie inputs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample, operationIn } from "../../test/conformance/sample-document.ts";
import type { OperationOptions } from "../operation/operation.ts";
import type { ParameterObject } from "./openapi-document.ts";

async function parametersOf(options: OperationOptions, path = "/"): Promise<readonly ParameterObject[]> {
  const document = await buildSample([declareSample(`GET ${path}`, options)]);
  const [shown = ""] = Object.keys(document.paths);
  return operationIn(document, `GET ${shown}`).parameters ?? [];
}

test("path parameters come from converters, or from a schema where it says something", async () => {
  const path = "/{id:int}/{ratio:float}/{key:uuid}/{name}/{rest:path}";
  assert.deepEqual(
    (await parametersOf({}, path)).map(({ schema }) => schema),
    [
      { type: "integer" },
      { type: "number" },
      { type: "string", format: "uuid" },
      { type: "string" },
      { type: "string" },
    ],
  );
  const schema = z.object({ id: z.int().positive().describe("which"), name: z.unknown() });
  assert.deepEqual(await parametersOf({ path: schema }, "/{name}/{id:int}"), [
    { name: "name", in: "path", required: true, schema: { type: "string" } },
    { name: "id", in: "path", required: true, description: "which", schema: { type: "integer", exclusiveMinimum: 0 } },
  ]);
});

test("each property of the query is a parameter; its words are lifted out of its schema", async () => {
  const query = z.object({
    q: z
      .string()
      .optional()
      .meta({ description: "What to find.", deprecated: true, examples: ["bird"] }),
    limit: z.int().max(100).default(20),
    tags: z.array(z.enum(["a", "b"])),
  });
  assert.deepEqual(await parametersOf({ query }), [
    {
      name: "q",
      in: "query",
      description: "What to find.",
      deprecated: true,
      schema: { type: "string", examples: ["bird"] },
    },
    { name: "limit", in: "query", schema: { type: "integer", maximum: 100, default: 20 } },
    {
      name: "tags",
      in: "query",
      required: true,
      schema: { type: "array", items: { type: "string", enum: ["a", "b"] } },
    },
  ]);
});

test("headers and cookies: lists are simple, and what OpenAPI ignores is left out", async () => {
  const headers = z.object({
    "X-Ids": z.array(z.string()).optional(),
    accept: z.string(),
    "Content-Type": z.string(),
    AUTHORIZATION: z.string(),
  });
  assert.deepEqual(await parametersOf({ headers, cookies: z.object({ session: z.string() }) }), [
    { name: "X-Ids", in: "header", style: "simple", schema: { type: "array", items: { type: "string" } } },
    { name: "session", in: "cookie", required: true, schema: { type: "string" } },
  ]);
});

test("a query of any names is one object that is spread over the query", async () => {
  const [record] = await parametersOf({ query: z.record(z.enum(["a", "b"]), z.int()).meta({ id: "Filter" }) });
  assert.deepEqual(record, {
    name: "query",
    in: "query",
    style: "form",
    explode: true,
    schema: {
      type: "object",
      propertyNames: { type: "string", enum: ["a", "b"] },
      additionalProperties: { type: "integer" },
    },
  });
  const [unknown] = await parametersOf({ query: z.any() });
  assert.deepEqual(unknown?.schema, { type: "object", additionalProperties: true });
  assert.deepEqual(await parametersOf({ query: z.object({}) }), []);
  assert.deepEqual(await parametersOf({ query: z.strictObject({}) }), []);
});

test("named and recursive schemas inside a parameter end in components", async () => {
  const Color = z.enum(["red", "blue"]).meta({ id: "Color" });
  const Nested = z.object({
    get inner() {
      return Nested.optional();
    },
  });
  const query = z.object({ color: Color, colors: z.array(Color), nested: Nested }).meta({ id: "Query" });
  const document = await buildSample([declareSample("GET /", { query })]);
  assert.deepEqual(
    operationIn(document, "GET /").parameters?.map(({ schema }) => schema),
    [
      { $ref: "#/components/schemas/Color" },
      { type: "array", items: { $ref: "#/components/schemas/Color" } },
      { $ref: "#/components/schemas/GetRootNested" },
    ],
  );
  assert.deepEqual(Object.keys(document.components?.schemas ?? {}), [
    "Color",
    "GetRootNested",
    "Problem",
    "ValidationProblem",
  ]);
});

test("the branches of a union are all shown", async () => {
  const query = z.discriminatedUnion("by", [
    z.object({ by: z.literal("id"), id: z.int() }),
    z.object({ by: z.literal("name"), name: z.string() }),
  ]);
  assert.deepEqual(
    (await parametersOf({ query })).map(({ name, required }) => [name, required ?? false]),
    [
      ["by", true],
      ["id", false],
      ["name", false],
    ],
  );
});
