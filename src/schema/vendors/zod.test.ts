/** Tests of Zod's adapter: what its JSON Schema looks like, and that the compiled form is used. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import * as zm from "zod/mini";
import type { JsonSchema } from "../json-schema.ts";
import { schemaName } from "../walk-json-schema.ts";
import { adaptZod } from "./zod.ts";

async function inputOf(property: z.core.$ZodType): Promise<JsonSchema | undefined> {
  const { input } = await adaptZod(z.object({ property }));
  return input?.properties?.["property"];
}

test("describes what JSON does not have as JSON carries it", async () => {
  assert.deepEqual(await inputOf(z.date()), { type: "string", format: "date-time" });
  assert.deepEqual(await inputOf(z.coerce.date()), { type: "string", format: "date-time" });
  assert.deepEqual(await inputOf(z.bigint()), { type: "string", pattern: "^-?[0-9]+$" });
  assert.deepEqual(await inputOf(z.custom()), {});
  assert.deepEqual(await inputOf(z.map(z.string(), z.int())), {});
});

test("cuts bounds and patterns that only repeat the type or the format", async () => {
  assert.deepEqual(await inputOf(z.int()), { type: "integer" });
  assert.deepEqual(await inputOf(z.int().min(1).max(9)), { type: "integer", minimum: 1, maximum: 9 });
  assert.deepEqual(await inputOf(z.float64()), { type: "number" });
  assert.deepEqual(await inputOf(z.uuid()), { type: "string", format: "uuid" });
  assert.deepEqual(await inputOf(z.iso.datetime()), { type: "string", format: "date-time" });
  assert.deepEqual(await inputOf(z.iso.date()), { type: "string", format: "date" });
  assert.deepEqual(await inputOf(z.email()), { type: "string", format: "email" });
  assert.deepEqual(await inputOf(z.email({ pattern: /^a@b$/ })), { type: "string", format: "email", pattern: "^a@b$" });
});

test("describes coercion and transforms by their input", async () => {
  assert.deepEqual(await inputOf(z.coerce.number()), { type: "number" });
  assert.deepEqual(await inputOf(z.coerce.boolean()), { type: "boolean" });
  assert.deepEqual(await inputOf(z.string().transform(Number)), { type: "string" });
  assert.deepEqual(await inputOf(z.preprocess(String, z.int())), { type: "integer" });
});

test("named schemas are definitions with an id; a named root is a reference to its own", async () => {
  const Owner = z.object({ name: z.string() }).meta({ id: "Owner" });
  const Item = z.object({ owner: Owner, others: z.array(Owner) }).meta({ id: "Item", title: "An item" });
  const { input } = await adaptZod(Item);
  assert.ok(input !== undefined);
  assert.equal(schemaName(input), "Item");
  assert.deepEqual(input, {
    $ref: "#/$defs/Item",
    $defs: {
      Item: {
        id: "Item",
        type: "object",
        properties: { owner: { $ref: "#/$defs/Owner" }, others: { type: "array", items: { $ref: "#/$defs/Owner" } } },
        required: ["owner", "others"],
        title: "An item",
      },
      Owner: { id: "Owner", type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    },
  });
});

test("a recursive schema without a name refers to a definition, not to the root", async () => {
  const tree = z.object({
    get kids() {
      return z.array(tree);
    },
  });
  const { input } = await adaptZod(tree);
  assert.equal(input?.$ref, "#/$defs/__schema0");
  assert.deepEqual(input?.$defs?.["__schema0"]?.properties?.["kids"], {
    type: "array",
    items: { $ref: "#/$defs/__schema0" },
  });
});

test("two schemas with one id are an error that names it", async () => {
  const clash = z.object({ a: z.int().meta({ id: "Twice" }), b: z.string().meta({ id: "Twice" }) });
  await assert.rejects(adaptZod(clash), { code: "APUS_UNDESCRIBABLE_SCHEMA", message: /Twice/ });
});

test("zod/mini is described, too", async () => {
  const { input } = await adaptZod(zm.object({ a: zm.int(), b: zm.date() }));
  assert.deepEqual(input?.properties, { a: { type: "integer" }, b: { type: "string", format: "date-time" } });
});

test("a schema of another Zod version validates by itself and is not compiled", async () => {
  const older = {
    _zod: { version: { major: 4, minor: 0, patch: 0 } },
    "~standard": { version: 1 as const, vendor: "zod", validate: (value: unknown) => ({ value: [value] }) },
  };
  const vendor = await adaptZod(older);
  assert.deepEqual(vendor.validate(1), { value: [1] });
  assert.equal(vendor.input, undefined);
});

test("runs the compiled form, which needs no second pass for a valid value", async () => {
  const source = z.object({ a: z.int() });
  let runs = 0;
  const internals = source["_zod"];
  const run = internals.run.bind(internals);
  internals.run = (...parameters) => {
    runs++;
    return run(...parameters);
  };
  const vendor = await adaptZod(source);
  assert.deepEqual(vendor.validate({ a: 1, b: 2 }), { value: { a: 1 } });
  assert.equal(runs, 0);
});

test("strict, loose, catch-all and intersected objects keep their meaning", async () => {
  const validate = async (source: z.ZodType, value: unknown): Promise<unknown> =>
    (await adaptZod(source)).validate(value);
  const both = z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() }));
  assert.deepEqual(await validate(both, { a: 1, b: 2, c: 3 }), { value: { a: 1, b: 2 } });
  assert.deepEqual(await validate(z.looseObject({ a: z.int() }), { a: 1, c: 3 }), { value: { a: 1, c: 3 } });
  assert.ok("issues" in ((await validate(z.strictObject({ a: z.int() }), { a: 1, c: 3 })) as object));
});
