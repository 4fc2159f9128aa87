/** One table of equivalent input schemas: the same places, written with each vendor. */

import { type } from "arktype";
import { Type } from "typebox";
import { typebox } from "apus/typebox";
import * as v from "valibot";
import { z } from "zod";
import type { AnySchema } from "../../src/schema/standard-schema.ts";

/** The places of one endpoint, and what its vendor does with keys that nobody declared. */
export interface InputSchemas {
  readonly vendor: "zod" | "valibot" | "arktype" | "typebox";
  readonly undeclared: "strip" | "keep";
  /** `id` integer from 1, `kind` "big" or "small". */
  readonly path: AnySchema;
  /** `count` integer, `limit` integer 20 by default, `ratio` number, `flag` boolean, `color` "red" or "green", `level` 1 or 2,
   * `ids` integers, `tags` texts, `maybe` integer or null, `note` text; all but `count` may be missing. */
  readonly query: AnySchema;
  /** `X-Count` integer, `x-secret` text of 8 characters at least, which may be missing. */
  readonly headers: AnySchema;
  /** `visits` integer, `theme` "dark" or "light", which may be missing. */
  readonly cookies: AnySchema;
  /** `name` text of 3 characters at least, `price` number, `tags` texts, [] by default, `owner.email`, `parts[].size`, `a/b`, `c~d`. */
  readonly body: AnySchema;
  /** `title` text, `count` integer, `agree` boolean, `tags` texts, `nick` text, `level` integer or null; all but `title` may be missing. */
  readonly form: AnySchema;
  /** `a` integer; anything else is refused. */
  readonly strict: AnySchema;
  /** `a` integer; anything else is dropped. */
  readonly stripping: AnySchema;
}

const zodSchemas: InputSchemas = {
  vendor: "zod",
  undeclared: "strip",
  path: z.object({ id: z.int().min(1), kind: z.enum(["big", "small"]) }),
  query: z.object({
    count: z.int(),
    limit: z.int().default(20),
    ratio: z.number().optional(),
    flag: z.boolean().optional(),
    color: z.enum(["red", "green"]).optional(),
    level: z.literal([1, 2]).optional(),
    ids: z.array(z.int()).optional(),
    tags: z.array(z.string()).optional(),
    maybe: z.int().nullable().optional(),
    note: z.string().optional(),
  }),
  headers: z.object({ "X-Count": z.int(), "x-secret": z.string().min(8).optional() }),
  cookies: z.object({ visits: z.int(), theme: z.enum(["dark", "light"]).optional() }),
  body: z.object({
    name: z.string().min(3),
    price: z.number(),
    tags: z.array(z.string()).default([]),
    owner: z.object({ email: z.email() }).optional(),
    parts: z.array(z.object({ size: z.int() })).optional(),
    "a/b": z.object({ "c~d": z.int() }).optional(),
  }),
  form: z.object({
    title: z.string(),
    count: z.int().optional(),
    agree: z.boolean().optional(),
    tags: z.array(z.string()).optional(),
    nick: z.string().optional(),
    level: z.int().nullable().optional(),
  }),
  strict: z.strictObject({ a: z.int() }),
  stripping: z.object({ a: z.int() }),
};

const integer = v.pipe(v.number(), v.integer());

const valibotSchemas: InputSchemas = {
  vendor: "valibot",
  undeclared: "strip",
  path: v.object({ id: v.pipe(v.number(), v.integer(), v.minValue(1)), kind: v.picklist(["big", "small"]) }),
  query: v.object({
    count: integer,
    limit: v.optional(integer, 20),
    ratio: v.optional(v.number()),
    flag: v.optional(v.boolean()),
    color: v.optional(v.picklist(["red", "green"])),
    level: v.optional(v.picklist([1, 2])),
    ids: v.optional(v.array(integer)),
    tags: v.optional(v.array(v.string())),
    maybe: v.optional(v.nullable(integer)),
    note: v.optional(v.string()),
  }),
  headers: v.object({ "X-Count": integer, "x-secret": v.optional(v.pipe(v.string(), v.minLength(8))) }),
  cookies: v.object({ visits: integer, theme: v.optional(v.picklist(["dark", "light"])) }),
  body: v.object({
    name: v.pipe(v.string(), v.minLength(3)),
    price: v.number(),
    tags: v.optional(v.array(v.string()), []),
    owner: v.optional(v.object({ email: v.pipe(v.string(), v.email()) })),
    parts: v.optional(v.array(v.object({ size: integer }))),
    "a/b": v.optional(v.object({ "c~d": integer })),
  }),
  form: v.object({
    title: v.string(),
    count: v.optional(integer),
    agree: v.optional(v.boolean()),
    tags: v.optional(v.array(v.string())),
    nick: v.optional(v.string()),
    level: v.optional(v.nullable(integer)),
  }),
  strict: v.strictObject({ a: integer }),
  stripping: v.object({ a: integer }),
};

const arktypeSchemas: InputSchemas = {
  vendor: "arktype",
  undeclared: "keep",
  path: type({ id: "number.integer >= 1", kind: "'big' | 'small'" }),
  query: type({
    count: "number.integer",
    limit: "number.integer = 20",
    "ratio?": "number",
    "flag?": "boolean",
    "color?": "'red' | 'green'",
    "level?": "1 | 2",
    "ids?": "number.integer[]",
    "tags?": "string[]",
    "maybe?": "number.integer | null",
    "note?": "string",
  }),
  headers: type({ "X-Count": "number.integer", "x-secret?": "string >= 8" }),
  cookies: type({ visits: "number.integer", "theme?": "'dark' | 'light'" }),
  body: type({
    name: "string >= 3",
    price: "number",
    tags: type("string[]").default(() => []),
    "owner?": { email: "string.email" },
    "parts?": type({ size: "number.integer" }).array(),
    "a/b?": { "c~d": "number.integer" },
  }),
  form: type({
    title: "string",
    "count?": "number.integer",
    "agree?": "boolean",
    "tags?": "string[]",
    "nick?": "string",
    "level?": "number.integer | null",
  }),
  strict: type({ "+": "reject", a: "number.integer" }),
  stripping: type({ "+": "delete", a: "number.integer" }),
};

const typeboxSchemas: InputSchemas = {
  vendor: "typebox",
  undeclared: "keep",
  path: typebox(
    Type.Object({ id: Type.Integer({ minimum: 1 }), kind: Type.Union([Type.Literal("big"), Type.Literal("small")]) }),
  ),
  query: typebox(
    Type.Object({
      count: Type.Integer(),
      limit: Type.Integer({ default: 20 }),
      ratio: Type.Optional(Type.Number()),
      flag: Type.Optional(Type.Boolean()),
      color: Type.Optional(Type.Union([Type.Literal("red"), Type.Literal("green")])),
      level: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
      ids: Type.Optional(Type.Array(Type.Integer())),
      tags: Type.Optional(Type.Array(Type.String())),
      maybe: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
      note: Type.Optional(Type.String()),
    }),
  ),
  headers: typebox(
    Type.Object({ "X-Count": Type.Integer(), "x-secret": Type.Optional(Type.String({ minLength: 8 })) }),
  ),
  cookies: typebox(
    Type.Object({
      visits: Type.Integer(),
      theme: Type.Optional(Type.Union([Type.Literal("dark"), Type.Literal("light")])),
    }),
  ),
  body: typebox(
    Type.Object({
      name: Type.String({ minLength: 3 }),
      price: Type.Number(),
      tags: Type.Array(Type.String(), { default: [] }),
      owner: Type.Optional(Type.Object({ email: Type.String({ format: "email" }) })),
      parts: Type.Optional(Type.Array(Type.Object({ size: Type.Integer() }))),
      "a/b": Type.Optional(Type.Object({ "c~d": Type.Integer() })),
    }),
  ),
  form: typebox(
    Type.Object({
      title: Type.String(),
      count: Type.Optional(Type.Integer()),
      agree: Type.Optional(Type.Boolean()),
      tags: Type.Optional(Type.Array(Type.String())),
      nick: Type.Optional(Type.String()),
      level: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    }),
  ),
  strict: typebox(Type.Object({ a: Type.Integer() }, { additionalProperties: false })),
  stripping: typebox(Type.Object({ a: Type.Integer() })),
};

/** The four vendors. TypeBox cannot drop undeclared keys: its `stripping` schema keeps them. */
export const inputSchemas: readonly InputSchemas[] = [zodSchemas, valibotSchemas, arktypeSchemas, typeboxSchemas];
