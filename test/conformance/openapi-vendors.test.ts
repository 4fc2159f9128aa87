/** The same API described by four schema vendors gives four valid documents that say the same. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import type { AnySchema } from "../../src/schema/standard-schema.ts";
import { typebox } from "../../src/typebox.ts";
import { buildSample, declareSample, operationIn } from "./sample-document.ts";

interface VendorSchemas {
  /** An object `{ name: string, note?: string = "none" }`: its input and output differ. */
  readonly item: AnySchema;
  /** An object `{ first?: item, all: item[], change: Partial<item> }`. */
  readonly holder: AnySchema;
  /** An object `{ next?: itself }`. */
  readonly node: AnySchema;
  /** A list of such nodes. */
  readonly forest: AnySchema;
  /** An object `{ limit?: integer, tags: string[] }`. */
  readonly query: AnySchema;
}

const zodItem = z.object({ name: z.string(), note: z.string().default("none") });
const zodNode = z.object({
  get next() {
    return zodNode.optional();
  },
});

const valibotItem = v.object({ name: v.string(), note: v.optional(v.string(), "none") });
const valibotNode: v.GenericSchema = v.object({ next: v.optional(v.lazy(() => valibotNode)) });

const arktypeItem = type({ name: "string", note: "string = 'none'" });
const arktypeNode = type.scope({ node: { "next?": "node" } }).export().node;

const typeboxItem = Type.Object({ name: Type.String(), note: Type.String({ default: "none" }) });
const typeboxNode = Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref("Node")) }) }, "Node");

const vendors: Readonly<Record<string, VendorSchemas>> = {
  zod: {
    item: zodItem,
    holder: z.object({
      first: zodItem.optional(),
      all: z.array(zodItem),
      change: zodItem.partial(),
    }),
    node: zodNode,
    forest: z.array(zodNode),
    query: z.object({ limit: z.int().optional(), tags: z.array(z.string()) }),
  },
  valibot: {
    item: valibotItem,
    holder: v.object({
      first: v.optional(valibotItem),
      all: v.array(
        v.pipe(
          valibotItem,
          v.check(({ name }) => name !== ""),
        ),
      ),
      change: v.partial(valibotItem),
    }),
    node: valibotNode,
    forest: v.array(valibotNode),
    query: v.object({ limit: v.optional(v.pipe(v.number(), v.integer())), tags: v.array(v.string()) }),
  },
  arktype: {
    item: arktypeItem,
    holder: type({
      "first?": arktypeItem,
      all: arktypeItem.array(),
      change: { "name?": "string", "note?": "string" },
    }),
    node: arktypeNode,
    forest: arktypeNode.array(),
    query: type({ "limit?": "number.integer", tags: "string[]" }),
  },
  typebox: {
    item: typebox(typeboxItem),
    holder: typebox(
      Type.Object({
        first: Type.Optional(typeboxItem),
        all: Type.Array(typeboxItem),
        change: Type.Partial(typeboxItem),
      }),
    ),
    node: typebox(typeboxNode),
    forest: typebox(Type.Array(typeboxNode)),
    query: typebox(Type.Object({ limit: Type.Optional(Type.Integer()), tags: Type.Array(Type.String()) })),
  },
};

for (const [vendor, { item, holder, node, forest, query }] of Object.entries(vendors)) {
  describe(vendor, () => {
    test("both sides of an exported schema, and its parameters", async () => {
      const document = await buildSample(
        [
          declareSample("POST /items", { body: item, response: item, query, errors: { 404: query } }),
          declareSample("PUT /items", { form: query }),
        ],
        { exportedNames: new Map([[item, "Item"]]) },
      );
      const { Item, ItemInput } = document.components?.schemas ?? {};
      assert.deepEqual(Object.keys(Item?.properties ?? {}).toSorted(), ["name", "note"]);
      assert.deepEqual(Item?.required?.toSorted(), ["name", "note"]);
      assert.deepEqual(ItemInput?.required, ["name"]);
      const parameters = operationIn(document, "POST /items").parameters ?? [];
      const expected = new Map([
        ["limit", { required: false, type: "integer" }],
        ["tags", { required: true, type: "array" }],
      ]);
      const found = parameters.map(
        ({ name, required = false, schema }) => [name, { required, type: schema.type }] as const,
      );
      assert.deepEqual(new Map(found), expected);
    });

    test("exported schemas inside of another one are references on both sides", async () => {
      const document = await buildSample([declareSample("POST /all", { body: holder, response: holder })], {
        exportedNames: new Map([
          [item, "Item"],
          [query, "Query"],
        ]),
      });
      assert.equal(document.components?.schemas?.["Query"], undefined);
      const { requestBody, responses } = operationIn(document, "POST /all");
      const sides = new Map([
        ["ItemInput", requestBody?.content],
        ["Item", responses["200"]?.content],
      ]);
      for (const [name, content] of sides) {
        const { properties = {} } = content?.["application/json"]?.schema ?? {};
        const $ref = `#/components/schemas/${name}`;
        assert.deepEqual(properties["first"], { $ref });
        assert.deepEqual(properties["all"], { type: "array", items: { $ref } });
        assert.equal(properties["change"]?.type, "object");
      }
      const { Item, ItemInput } = document.components?.schemas ?? {};
      assert.deepEqual([Item?.required?.toSorted(), ItemInput?.required], [["name", "note"], ["name"]]);
    });

    test("an exported recursive schema inside of another one is a reference", async () => {
      const document = await buildSample([declareSample("GET /forest", { response: forest })], {
        exportedNames: new Map([[node, "Node"]]),
      });
      const $ref = "#/components/schemas/Node";
      assert.ok(JSON.stringify(document).includes(JSON.stringify({ type: "array", items: { $ref } })));
      assert.deepEqual(document.components?.schemas?.["Node"]?.properties, { next: { $ref } });
    });

    test("a recursive schema is a component", async () => {
      const document = await buildSample([declareSample("POST /nodes", { body: node, response: node })]);
      const text = JSON.stringify(document);
      assert.match(text, /"\$ref":"#\/components\/schemas\/(?:PostNodes|Node")/);
      assert.ok(!text.includes("$defs"), text);
    });
  });
}

test("the list of items of the tour refers to the item that its module exports", async () => {
  process.env["LOG_LEVEL"] = "silent";
  const { app } = await import("../../examples/tour/app.ts");
  const document = await app.openapi();
  const refer = (name: string): unknown => ({ $ref: `#/components/schemas/${name}` });
  const answer = operationIn(document, "GET /items").responses["200"]?.content?.["application/json"];
  assert.deepEqual(answer?.schema, { type: "array", items: refer("Item") });
  assert.deepEqual(
    operationIn(document, "POST /items").requestBody?.content["application/json"]?.schema,
    refer("NewItem"),
  );
});
