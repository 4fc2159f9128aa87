/** Tests of finding the Zod schema that a node was made from. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { JsonSchema } from "../json-schema.ts";
import { originOf } from "../schema-origin.ts";
import { adaptZod } from "./zod.ts";

const Item = z.object({ name: z.string() });

function sourcesOf(schema: JsonSchema | boolean | undefined): readonly object[] {
  assert.ok(typeof schema === "object");
  return originOf(schema)?.sources ?? [];
}

test("every node knows its own schema first, then what that wraps or refines", async () => {
  const list = z.array(Item);
  const maybe = Item.optional();
  const words = maybe.describe("Words");
  const { input, output } = await adaptZod(z.object({ list, words, name: Item.shape.name }));
  for (const side of [input, output]) {
    assert.equal(sourcesOf(side?.properties?.["list"])[0], list);
    assert.equal(sourcesOf(side?.properties?.["list"]?.items)[0], Item);
    assert.deepEqual(sourcesOf(side?.properties?.["words"]), [words, maybe, Item]);
    assert.equal(sourcesOf(side?.properties?.["name"])[0], Item.shape.name);
  }
});

test("the root and definitions know theirs", async () => {
  const Node = z.object({
    get next() {
      return Node.optional();
    },
  });
  const lazy = z.lazy(() => Node);
  const { input } = await adaptZod(z.object({ lazy }));
  assert.equal(sourcesOf(input?.$defs?.["__schema0"])[0], Node);
  const maybe = await adaptZod(Item.optional());
  assert.equal(sourcesOf(maybe.input)[1], Item);
});

test("a description is the same as Zod's own, whatever Zod folds", async () => {
  const folded = z.object({
    both: z.intersection(
      z.object({ a: z.string(), item: Item }),
      z.object({ a: z.string(), b: z.boolean().nullable() }),
    ),
    clash: z.intersection(z.object({ a: z.object({ b: z.string() }) }), z.object({ a: z.object({ b: z.string() }) })),
    many: z.union([z.string(), z.null(), z.boolean()]),
  });
  for (const side of ["input", "output"] as const) {
    const { $schema: _, ...expected } = z.toJSONSchema(folded, { io: side });
    assert.deepEqual((await adaptZod(folded))[side], expected);
  }
});

test("an object that a schema describes itself with is left as it was", async () => {
  const own = { type: "string", format: "x" };
  const custom = z.custom<string>();
  custom["_zod"].toJSONSchema = (): object => own;
  const { input } = await adaptZod(z.object({ custom }));
  assert.deepEqual(input?.properties?.["custom"], { type: "string", format: "x" });
  assert.equal(sourcesOf(input?.properties?.["custom"])[0], custom);
  assert.deepEqual(Reflect.ownKeys(own), ["type", "format"]);
});
