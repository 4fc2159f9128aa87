/** Tests of naming schemas, writing each of them once, and keeping input and output apart. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample, documentSample, operationIn } from "../../test/conformance/sample-document.ts";
import type { Operation } from "../operation/operation.ts";
import type { AnySchema } from "../schema/standard-schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { OpenApiDocument } from "./openapi-document.ts";

const text = { type: "string" };

function namesIn(document: OpenApiDocument): readonly string[] {
  const own = ["Problem", "ValidationProblem"];
  return Object.keys(document.components?.schemas ?? {}).filter((name) => !own.includes(name));
}

function bodyIn(document: OpenApiDocument, route: string): unknown {
  return operationIn(document, route).requestBody?.content["application/json"]?.schema;
}

function answerIn(document: OpenApiDocument, route: string): unknown {
  return operationIn(document, route).responses["200"]?.content?.["application/json"]?.schema;
}

function refer(name: string): unknown {
  return { $ref: `#/components/schemas/${name}` };
}

test("an anonymous schema in one place is written there", async () => {
  const document = await buildSample([declareSample("POST /a", { body: z.object({ a: z.string() }) })]);
  assert.deepEqual(bodyIn(document, "POST /a"), { type: "object", properties: { a: text }, required: ["a"] });
  assert.deepEqual(namesIn(document), []);
});

test("an anonymous schema of two operations is named after the first", async () => {
  const Shared = z.object({ a: z.string() });
  const document = await buildSample([
    declareSample("POST /a", { body: Shared, response: Shared }, async function createA() {}),
    declareSample("GET /a", { response: Shared }),
  ]);
  assert.deepEqual(namesIn(document), ["CreateABody"]);
  assert.deepEqual(bodyIn(document, "POST /a"), refer("CreateABody"));
  assert.deepEqual(answerIn(document, "GET /a"), refer("CreateABody"));
});

test("an operation that is served twice shares its schemas", async () => {
  const operation = declareSample("GET /a", { response: z.object({ a: z.string() }) }, async function readA() {});
  const document = await buildSample([
    await documentSample(operation, { prefix: "/v1" }),
    await documentSample(operation, { prefix: "/v2" }),
  ]);
  assert.deepEqual(namesIn(document), ["ReadAResponse"]);
});

test("an id names a schema wherever it stands; an exported name does where there is no id", async () => {
  const Inner = z.object({ a: z.string() }).meta({ id: "Inner" });
  const Outer = z.object({ inner: Inner, list: z.array(Inner) });
  const exportedNames = new Map<object, string>([
    [Outer, "Outer"],
    [Inner, "InnerSchema"],
  ]);
  const document = await buildSample(
    [declareSample("POST /a", { body: Outer, response: Inner }), declareSample("GET /b", { response: z.array(Outer) })],
    { exportedNames },
  );
  assert.deepEqual(namesIn(document), ["Inner", "Outer"]);
  assert.deepEqual(document.components?.schemas?.["Outer"], {
    type: "object",
    properties: { inner: refer("Inner"), list: { type: "array", items: refer("Inner") } },
    required: ["inner", "list"],
  });
  assert.deepEqual(answerIn(document, "POST /a"), refer("Inner"));
});

test("a default export is no name", async () => {
  const Schema = z.object({ a: z.string() });
  const document = await buildSample([declareSample("POST /a", { body: Schema })], {
    exportedNames: new Map([[Schema, "default"]]),
  });
  assert.deepEqual(namesIn(document), []);
});

test("input and output share a component when they are the same", async () => {
  const Item = z.object({ a: z.string(), b: z.object({ c: z.int().optional() }) }).meta({ id: "Item" });
  const Strict = z.strictObject({ a: z.string(), b: z.array(z.strictObject({})) }).meta({ id: "Strict" });
  const make = (): z.input<typeof Strict> => ({ a: "", b: [] });
  const made = z.string().transform(make).pipe(Strict);
  const document = await buildSample([
    declareSample("POST /a", { body: Item, response: Item }),
    declareSample("POST /b", { body: Strict, response: Strict }),
    declareSample("POST /c", { response: made }),
  ]);
  assert.deepEqual(namesIn(document), ["Item", "Strict"]);
  assert.equal(document.components?.schemas?.["Item"]?.additionalProperties, undefined);
  assert.equal(document.components?.schemas?.["Strict"]?.additionalProperties, false);
});

test("input and output part where they differ, and so does what contains them", async () => {
  const Leaf = z.object({ a: z.string().default("x") }).meta({ id: "Leaf" });
  const Tree = z.object({ leaf: Leaf }).meta({ id: "Tree" });
  const Other = z.object({ b: z.string() }).meta({ id: "Other" });
  const body = z.object({ tree: Tree, other: Other });
  const document = await buildSample([
    declareSample("POST /a", { body }),
    declareSample("GET /a", { response: z.object({ tree: Tree, other: Other }) }),
  ]);
  assert.deepEqual(document.components?.schemas, {
    ...document.components?.schemas,
    Leaf: { type: "object", properties: { a: { type: "string", default: "x" } }, required: ["a"] },
    LeafInput: { type: "object", properties: { a: { type: "string", default: "x" } } },
    Other: { type: "object", properties: { b: text }, required: ["b"] },
    Tree: { type: "object", properties: { leaf: refer("Leaf") }, required: ["leaf"] },
    TreeInput: { type: "object", properties: { leaf: refer("LeafInput") }, required: ["leaf"] },
  });
  assert.deepEqual(namesIn(document), ["Leaf", "LeafInput", "Other", "Tree", "TreeInput"]);
});

test("a schema used on one side only has no variant", async () => {
  const Leaf = z.object({ a: z.string().default("x") }).meta({ id: "Leaf" });
  const document = await buildSample([declareSample("POST /a", { body: Leaf })]);
  assert.deepEqual(namesIn(document), ["Leaf"]);
  assert.equal(document.components?.schemas?.["Leaf"]?.required, undefined);
});

test("a variant gives way to a schema that has its name", async () => {
  const Leaf = z.object({ a: z.string().default("x") }).meta({ id: "Leaf" });
  const LeafInput = z.object({ b: z.string() }).meta({ id: "LeafInput" });
  const document = await buildSample([
    declareSample("POST /a", { body: Leaf, response: Leaf, errors: { 400: LeafInput } }),
  ]);
  assert.deepEqual(namesIn(document), ["Leaf", "LeafInput", "LeafInput2"]);
});

test("recursive schemas have a component, whoever names them", async () => {
  const Named = z
    .object({
      get kids() {
        return z.array(Named);
      },
    })
    .meta({ id: "Named" });
  const Anonymous = z.object({
    get kids() {
      return z.array(Anonymous);
    },
  });
  const Exported = z.object({
    get next() {
      return Exported.optional();
    },
  });
  const document = await buildSample(
    [
      declareSample("POST /named", { body: Named, response: Named }),
      declareSample("POST /anonymous", {
        body: Anonymous,
        response: z.object({ first: Anonymous, all: z.array(Anonymous) }),
      }),
      declareSample("POST /exported", { body: Exported, response: Exported }),
      declareSample("POST /part", { body: Exported.partial() }),
    ],
    { exportedNames: new Map([[Exported, "Exported"]]) },
  );
  assert.deepEqual(namesIn(document), ["Exported", "Named", "PostAnonymousBody", "PostAnonymousResponseFirst"]);
  assert.deepEqual(bodyIn(document, "POST /part"), { type: "object", properties: { next: refer("Exported") } });
  assert.deepEqual(bodyIn(document, "POST /anonymous"), refer("PostAnonymousBody"));
  assert.deepEqual(document.components?.schemas?.["PostAnonymousBody"], {
    type: "object",
    properties: { kids: { type: "array", items: refer("PostAnonymousBody") } },
    required: ["kids"],
  });
});

test("a named schema that holds an anonymous recursive one is the same in two places", async () => {
  const Node = z.object({
    get next() {
      return Node.optional();
    },
  });
  const Holder = z.object({ node: Node }).meta({ id: "Holder" });
  const document = await buildSample([
    declareSample("POST /a", { body: z.object({ holder: Holder }) }),
    declareSample("POST /b", { body: z.object({ other: z.int(), holder: Holder }) }),
  ]);
  assert.deepEqual(namesIn(document), ["Holder", "HolderNode"]);
});

test("an exported schema whose input is recursive and whose output is not", async () => {
  const Node = z.object({
    get next() {
      return Node.optional();
    },
  });
  const Depth = Node.transform(() => 1);
  const document = await buildSample([declareSample("POST /a", { body: Depth })], {
    exportedNames: new Map([[Depth, "Depth"]]),
  });
  assert.deepEqual(bodyIn(document, "POST /a"), refer("Depth"));
});

test("two different schemas with one name are an error that names both places", async () => {
  const byId = (schema: z.ZodType): AnySchema => schema.meta({ id: "Clash" });
  const exported = z.object({ c: z.string() });
  const pairs: readonly (readonly [AnySchema, AnySchema])[] = [
    [byId(z.object({ a: z.string() })), z.object({ inner: byId(z.object({ b: z.string() })) })],
    [byId(z.object({ a: z.string() })), exported],
  ];
  for (const [one, other] of pairs) {
    const operations: readonly Operation[] = [
      declareSample("POST /a", { body: one }),
      declareSample("GET /b", { response: other }),
    ];
    await assert.rejects(buildSample(operations, { exportedNames: new Map([[exported, "Clash"]]) }), {
      code: "APUS_SCHEMA_NAME_CLASH",
      message:
        /^"Clash" names two different schemas: one in the body of POST \/a at app\.ts:\d+, the other in the answer 200 of GET \/b at app\.ts:\d+\. Give/,
    });
  }
  const twin = (): AnySchema => z.object({ a: z.string() }).meta({ id: "Twin" });
  const document = await buildSample([
    declareSample("POST /a", { body: twin() }),
    declareSample("GET /b", { response: twin() }),
  ]);
  assert.deepEqual(namesIn(document), ["Twin"]);
});

test("names are written with the characters that OpenAPI allows", async () => {
  const names = ["a/b~c d", "a_b_c_d", "größe", "__proto__"];
  const operations = names.map((id, index) =>
    declareSample(`POST /${index}`, { body: z.object({ [`p${index}`]: z.string() }).meta({ id }) }),
  );
  const document = await buildSample(operations);
  assert.deepEqual(namesIn(document).toSorted(), ["Schema", "a_b_c_d", "a_b_c_d2", "gr__e"].toSorted());
  assert.deepEqual(bodyIn(document, "POST /0"), refer("a_b_c_d"));
});

test("a schema of the developer keeps the name of a built-in one", async () => {
  const Problem = z.object({ mine: z.boolean() }).meta({ id: "Problem" });
  const document = await buildSample([declareSample("POST /a", { body: Problem, errors: { 404: "Gone." } })]);
  assert.deepEqual(Object.keys(document.components?.schemas ?? {}), ["Problem", "Problem2", "ValidationProblem"]);
  assert.deepEqual(bodyIn(document, "POST /a"), refer("Problem"));
});

test("data that looks like a schema stays data", async () => {
  const data = { id: "x", additionalProperties: false, required: [] };
  const body = z.object({ id: z.string(), required: z.array(z.string()) }).meta({ examples: [data] });
  const document = await buildSample([declareSample("POST /a", { body, response: body })]);
  for (const schema of [bodyIn(document, "POST /a"), answerIn(document, "POST /a")]) {
    const { examples, properties = {} } = schema as JsonSchema;
    assert.deepEqual(examples, [data]);
    assert.deepEqual(Object.keys(properties), ["id", "required"]);
  }
});
