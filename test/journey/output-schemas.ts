/** One table of equivalent response schemas, written with each vendor. */

import { type } from "arktype";
import { Type } from "typebox";
import { typebox } from "apus/typebox";
import * as v from "valibot";
import { z } from "zod";
import type { AnySchema } from "../../src/schema/standard-schema.ts";

/** `item`: `id` integer, `name` text, `note` text that may be missing, `owner.name`, `parts[].sku`,
 * `shape` a circle with `r` or a square with `side`, `prices` numbers by any name. */
export interface OutputSchemas {
  readonly vendor: "zod" | "valibot" | "arktype" | "typebox";
  readonly item: AnySchema;
  readonly list: AnySchema;
  /** `job` integer. */
  readonly job: AnySchema;
}

const zodItem = z.object({
  id: z.int(),
  name: z.string(),
  note: z.string().optional(),
  owner: z.object({ name: z.string() }),
  parts: z.array(z.object({ sku: z.string() })),
  shape: z.union([
    z.object({ kind: z.literal("circle"), r: z.number() }),
    z.object({ kind: z.literal("square"), side: z.number() }),
  ]),
  prices: z.record(z.string(), z.number()),
});

const valibotItem = v.object({
  id: v.pipe(v.number(), v.integer()),
  name: v.string(),
  note: v.optional(v.string()),
  owner: v.object({ name: v.string() }),
  parts: v.array(v.object({ sku: v.string() })),
  shape: v.variant("kind", [
    v.object({ kind: v.literal("circle"), r: v.number() }),
    v.object({ kind: v.literal("square"), side: v.number() }),
  ]),
  prices: v.record(v.string(), v.number()),
});

const arktypeItem = type({
  id: "number.integer",
  name: "string",
  "note?": "string",
  owner: { name: "string" },
  parts: type({ sku: "string" }).array(),
  shape: type({ kind: "'circle'", r: "number" }).or({ kind: "'square'", side: "number" }),
  prices: "Record<string, number>",
});

const typeboxItem = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  note: Type.Optional(Type.String()),
  owner: Type.Object({ name: Type.String() }),
  parts: Type.Array(Type.Object({ sku: Type.String() })),
  shape: Type.Union([
    Type.Object({ kind: Type.Literal("circle"), r: Type.Number() }),
    Type.Object({ kind: Type.Literal("square"), side: Type.Number() }),
  ]),
  prices: Type.Record(Type.String(), Type.Number()),
});

export const outputSchemas: readonly OutputSchemas[] = [
  { vendor: "zod", item: zodItem, list: z.array(zodItem), job: z.object({ job: z.int() }) },
  { vendor: "valibot", item: valibotItem, list: v.array(valibotItem), job: v.object({ job: v.number() }) },
  { vendor: "arktype", item: arktypeItem, list: arktypeItem.array(), job: type({ job: "number.integer" }) },
  {
    vendor: "typebox",
    item: typebox(typeboxItem),
    list: typebox(Type.Array(typeboxItem)),
    job: typebox(Type.Object({ job: Type.Integer() })),
  },
];
