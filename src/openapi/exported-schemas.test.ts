/** Tests of exported schemas that stand inside of others: which nodes become references to them, and which do not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample, operationIn } from "../../test/conformance/sample-document.ts";
import type { AnySchema } from "../schema/standard-schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { OpenApiDocument } from "./openapi-document.ts";

const text = { type: "string" };

function refer(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function namesIn(document: OpenApiDocument): readonly string[] {
  return Object.keys(document.components?.schemas ?? {}).filter((name) => !name.endsWith("Problem"));
}

/** The document of one operation that answers and, unless told otherwise, also takes the schema. */
async function buildOne(
  schema: AnySchema,
  exported: Readonly<Record<string, object>>,
  sides: "both" | "response" = "both",
): Promise<{ readonly document: OpenApiDocument; readonly body: unknown; readonly answer: unknown }> {
  const options = sides === "both" ? { body: schema, response: schema } : { response: schema };
  const exportedNames = new Map(Object.entries(exported).map(([name, value]) => [value, name]));
  const document = await buildSample([declareSample("POST /one", options)], { exportedNames });
  const { requestBody, responses } = operationIn(document, "POST /one");
  const body = requestBody?.content["application/json"]?.schema;
  const answer = responses["200"]?.content?.["application/json"]?.schema;
  assert.ok(!/[~]export|[~]origin/.test(JSON.stringify(document)));
  return { document, body, answer };
}

test("an exported schema inside of another one is a reference, wherever it stands", async () => {
  const Item = z.object({ name: z.string() });
  const places = z.object({
    one: Item,
    maybe: Item.optional(),
    none: Item.nullable(),
    list: z.array(z.array(Item)),
    pair: z.tuple([Item, z.string()]),
    either: z.union([Item, z.string()]),
    record: z.record(z.string(), Item),
    lazy: z.lazy(() => Item),
    open: z.object({ deep: Item }).catchall(Item),
  });
  const { document, body, answer } = await buildOne(places, { Item });
  assert.deepEqual(namesIn(document), ["Item"]);
  assert.deepEqual(document.components?.schemas?.["Item"], {
    type: "object",
    properties: { name: text },
    required: ["name"],
  });
  const item = refer("Item");
  const { properties } = answer as JsonSchema;
  assert.deepEqual(properties, (body as JsonSchema).properties);
  assert.deepEqual(properties, {
    one: item,
    maybe: item,
    none: { anyOf: [item, { type: "null" }] },
    list: { type: "array", items: { type: "array", items: item } },
    pair: { ...properties?.["pair"], prefixItems: [item, text] },
    either: { anyOf: [item, text] },
    record: { type: "object", propertyNames: text, additionalProperties: item },
    lazy: item,
    open: { type: "object", properties: { deep: item }, required: ["deep"], additionalProperties: item },
  });
});

test("what a place says beside the schema stands beside the reference", async () => {
  const Item = z.object({ name: z.string() }).describe("An item");
  const words = z.object({
    described: Item.describe("The first"),
    titled: Item.meta({ title: "Second", deprecated: true }),
    default: Item.default({ name: "x" }),
    readonly: Item.readonly(),
  });
  const { document, body } = await buildOne(words, { Item });
  const { Item: component } = document.components?.schemas ?? {};
  assert.equal(component?.description, "An item");
  const { properties = {} } = body as JsonSchema;
  assert.deepEqual(properties["described"], { ...refer("Item"), description: "The first" });
  assert.deepEqual(properties["titled"], { ...refer("Item"), title: "Second", deprecated: true });
  assert.deepEqual(properties["default"], { ...refer("Item"), default: { name: "x" } });
  assert.deepEqual(properties["readonly"], { ...refer("Item"), readOnly: true });
});

test("a schema refined without a change of its shape is the exported one, a changed one is not", async () => {
  const Item = z.object({ name: z.string() });
  const Short = z.string().max(9);
  const changed = z.object({
    refined: Item.refine(() => true),
    brand: Item.brand("Item"),
    partial: Item.partial(),
    more: Item.extend({ more: z.string() }),
    strict: Item.strict(),
    twin: z.object({ name: z.string() }),
    shorter: Short.max(5),
  });
  const { body } = await buildOne(changed, { Item, Short });
  const { properties = {} } = body as JsonSchema;
  const inline = ["partial", "more", "strict", "twin", "shorter"];
  assert.deepEqual([properties["refined"], properties["brand"]], [refer("Item"), refer("Item")]);
  assert.deepEqual(
    Object.keys(properties).filter((name) => properties[name]?.$ref === undefined),
    inline,
  );
});

test("the identity decides between exports of the same shape", async () => {
  const Owner = z.object({ name: z.string() });
  const Tag = z.object({ name: z.string() });
  const { document, answer } = await buildOne(z.object({ owner: Owner, tag: Tag }), { Owner, Tag }, "response");
  assert.deepEqual((answer as JsonSchema).properties, { owner: refer("Owner"), tag: refer("Tag") });
  assert.deepEqual(namesIn(document), ["Owner", "Tag"]);
});

test("a whole schema that only wraps an exported one is a reference to it", async () => {
  const Item = z.object({ name: z.string() });
  const { body, answer } = await buildOne(Item.optional(), { Item });
  assert.deepEqual([body, answer], [refer("Item"), refer("Item")]);
  const Alias = Item.refine(() => true);
  const { document, body: own } = await buildOne(z.object({ Alias, Item }), { Item, Alias });
  assert.deepEqual((own as JsonSchema).properties, { Alias: refer("Alias"), Item: refer("Item") });
  assert.deepEqual(document.components?.schemas?.["Alias"], document.components?.schemas?.["Item"]);
});

test("input and output part where they differ, and so does an exported schema around them", async () => {
  const NewItem = z.object({ tags: z.array(z.string()).default([]) });
  const Cart = z.object({ items: z.array(NewItem) });
  const { document, body, answer } = await buildOne(z.object({ cart: Cart }), { NewItem, Cart });
  assert.deepEqual(namesIn(document), ["Cart", "CartInput", "NewItem", "NewItemInput"]);
  assert.deepEqual((body as JsonSchema).properties, { cart: refer("CartInput") });
  assert.deepEqual((answer as JsonSchema).properties, { cart: refer("Cart") });
  const { Cart: output, CartInput: input, NewItem: newItem } = document.components?.schemas ?? {};
  assert.deepEqual(output?.properties?.["items"]?.items, refer("NewItem"));
  assert.deepEqual(input?.properties?.["items"]?.items, refer("NewItemInput"));
  assert.deepEqual(newItem?.required, ["tags"]);
});

test("the side of a codec that is something else stays as it is", async () => {
  const Item = z.object({ name: z.string() });
  const Named = Item.transform(({ name }) => name).pipe(z.string());
  const { body, answer } = await buildOne(z.object({ named: Named }), { Item });
  assert.deepEqual((body as JsonSchema).properties, { named: refer("Item") });
  assert.deepEqual((answer as JsonSchema).properties, { named: text });
});

test("exported schemas that hold each other refer to each other", async () => {
  const Author = z.object({
    get books() {
      return z.array(Book);
    },
  });
  const Book = z.object({
    get author() {
      return Author.optional();
    },
    name: z.string(),
  });
  for (const exported of [
    { Author, Book },
    { Book, Author },
  ]) {
    const { document, answer } = await buildOne(z.array(Book), exported);
    assert.deepEqual((answer as JsonSchema).items, refer("Book"));
    assert.deepEqual(namesIn(document), ["Author", "Book"]);
    const { Author: author, Book: book } = document.components?.schemas ?? {};
    assert.deepEqual(author?.properties, { books: { type: "array", items: refer("Book") } });
    assert.deepEqual(book?.properties, { author: refer("Author"), name: text });
  }
});

test("an exported recursive schema is itself inside of another one", async () => {
  const Node = z.object({
    get next() {
      return Node.optional();
    },
  });
  const { document, answer } = await buildOne(z.object({ first: Node, rest: z.array(Node) }), { Node });
  assert.deepEqual(namesIn(document), ["Node"]);
  assert.deepEqual((answer as JsonSchema).properties, {
    first: refer("Node"),
    rest: { type: "array", items: refer("Node") },
  });
  assert.deepEqual(document.components?.schemas?.["Node"]?.properties, { next: refer("Node") });
});

test("parameters refer to exported schemas and keep their words", async () => {
  const Color = z.enum(["red", "blue"]).describe("A color");
  const Tags = z.array(z.string());
  const Query = z.object({ color: Color, other: Color.default("red").describe("Another") });
  const operation = declareSample("GET /colors", { query: Query, headers: z.object({ "x-tags": Tags }) });
  const exportedNames = new Map<object, string>(Object.entries({ Color, Tags, Query }).map(([key, one]) => [one, key]));
  const document = await buildSample([operation], { exportedNames });
  const { parameters } = operationIn(document, "GET /colors");
  assert.deepEqual(parameters, [
    { name: "color", in: "query", required: true, description: "A color", schema: refer("Color") },
    { name: "other", in: "query", description: "Another", schema: { ...refer("Color"), default: "red" } },
    { name: "x-tags", in: "header", required: true, style: "simple", schema: refer("Tags") },
  ]);
  assert.deepEqual(namesIn(document), ["Color", "Tags"]);
});

test("exports that the document does not show whole claim no name", async () => {
  const queries = [z.object({ limit: z.int() }), z.object({ page: z.int() })];
  const unused = z.object({ unused: z.string() });
  const broken = {
    "~standard": {
      version: 1,
      vendor: "x",
      get validate(): never {
        throw new Error("broken");
      },
    },
  };
  const exportedNames = new Map<object, string>(
    [...queries, unused, broken, { name: "x" }].map((one) => [one, "List"]),
  );
  const document = await buildSample(
    queries.map((query, index) => declareSample(`GET /${index}`, { query })),
    { exportedNames },
  );
  assert.deepEqual(namesIn(document), []);
});

test("two different schemas inside of others with the name of one export are an error", async () => {
  const one = z.object({ a: z.string() });
  const other = z.object({ b: z.string() });
  const exportedNames = new Map<object, string>([one, other].map((schema) => [schema, "Address"]));
  const operations = [one, other].map((address, index) =>
    declareSample(`GET /${index}`, { response: z.array(address) }),
  );
  await assert.rejects(buildSample(operations, { exportedNames }), {
    code: "APUS_SCHEMA_NAME_CLASH",
    message: /^"Address" names two different schemas: one in the answer 200 of GET \/0 .+ of GET \/1 /,
  });
});
