/** The same API described by four schema vendors gives four valid documents that say the same. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import type { AnySchema } from "../../src/operation/operation.ts";
import { typebox } from "../../src/typebox.ts";
import { buildSample, declareSample, operationIn } from "./sample-document.ts";

interface VendorSchemas {
  /** An object `{ name: string, note?: string = "none" }`: its input and output differ. */
  readonly item: AnySchema;
  /** An object `{ next?: itself }`. */
  readonly node: AnySchema;
  /** An object `{ limit?: integer, tags: string[] }`. */
  readonly query: AnySchema;
}

const valibotNode: v.GenericSchema = v.object({ next: v.optional(v.lazy(() => valibotNode)) });

const vendors: Readonly<Record<string, VendorSchemas>> = {
  zod: {
    item: z.object({ name: z.string(), note: z.string().default("none") }),
    node: z.object({
      get next(): z.ZodOptional<z.ZodType> {
        return z.optional(vendors["zod"]?.node as z.ZodType);
      },
    }),
    query: z.object({ limit: z.int().optional(), tags: z.array(z.string()) }),
  },
  valibot: {
    item: v.object({ name: v.string(), note: v.optional(v.string(), "none") }),
    node: valibotNode,
    query: v.object({ limit: v.optional(v.pipe(v.number(), v.integer())), tags: v.array(v.string()) }),
  },
  arktype: {
    item: type({ name: "string", note: "string = 'none'" }),
    node: type.scope({ node: { "next?": "node" } }).export().node,
    query: type({ "limit?": "number.integer", tags: "string[]" }),
  },
  typebox: {
    item: typebox(Type.Object({ name: Type.String(), note: Type.String({ default: "none" }) })),
    node: typebox(Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref("Node")) }) }, "Node")),
    query: typebox(Type.Object({ limit: Type.Optional(Type.Integer()), tags: Type.Array(Type.String()) })),
  },
};

for (const [vendor, { item, node, query }] of Object.entries(vendors)) {
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
      if (vendor !== "valibot") {
        assert.deepEqual(Item?.required?.toSorted(), ["name", "note"]);
        assert.deepEqual(ItemInput?.required, ["name"]);
      }
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

    test("a recursive schema is a component", async () => {
      const document = await buildSample([declareSample("POST /nodes", { body: node, response: node })]);
      const text = JSON.stringify(document);
      assert.match(text, /"\$ref":"#\/components\/schemas\/(?:PostNodes|Node")/);
      assert.ok(!text.includes("$defs"), text);
    });
  });
}
