/** Tests of Valibot's adapter: what its companion's JSON Schema looks like. */

import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import type { JsonSchema } from "../json-schema.ts";
import { originOf } from "../schema-origin.ts";
import { schemaName } from "../walk-json-schema.ts";
import { adaptValibot } from "./valibot.ts";

async function sides(property: v.GenericSchema): Promise<readonly (JsonSchema | undefined)[]> {
  const { input, output } = await adaptValibot(v.object({ property }));
  return [input?.properties?.["property"], output?.properties?.["property"]];
}

// First, because a package that was imported once stays imported.
test("without the companion package, the error names it and how to get it", async () => {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== "@valibot/to-json-schema") return nextResolve(specifier, context);
      throw Object.assign(new Error("not installed"), { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
  try {
    const message = /npm install @valibot\/to-json-schema/;
    await assert.rejects(adaptValibot(v.object({})), { code: "APUS_MISSING_PACKAGE", message });
  } finally {
    hooks.deregister();
  }
});

test("describes what JSON does not have as JSON carries it", async () => {
  const date = { type: "string", format: "date-time" };
  assert.deepEqual(await sides(v.date()), [date, date]);
  assert.deepEqual((await sides(v.bigint()))[0], { type: "string", pattern: "^-?[0-9]+$" });
  assert.deepEqual((await sides(v.custom(() => true)))[0], {});
});

test("tells input from output", async () => {
  assert.deepEqual(await sides(v.pipe(v.string(), v.transform(Number))), [{ type: "string" }, {}]);
  assert.deepEqual(await sides(v.pipe(v.string(), v.transform(Number), v.number())), [
    { type: "string" },
    { type: "number" },
  ]);
  assert.deepEqual(await sides(v.pipe(v.string(), v.trim())), [{ type: "string" }, { type: "string" }]);
});

test("what has a default need not come in and always goes out", async () => {
  const defaults = {
    plain: v.optional(v.number(), 1),
    called: v.optional(v.number(), () => 1),
    none: v.nullish(v.string(), null),
    exact: v.exactOptional(v.string(), "x"),
    inside: v.optional(v.pipe(v.string(), v.transform(Number)), "1"),
    around: v.pipe(v.optional(v.string(), "1"), v.transform(Number)),
    later: v.optionalAsync(v.string(), async () => "x"),
    failing: v.optionalAsync(v.string(), async () => Promise.reject(new Error("no"))),
  };
  const missing = { absent: v.optional(v.string()), nothing: v.optional(v.string(), () => undefined) };
  const { input, output } = await adaptValibot(v.objectAsync({ ...defaults, ...missing }));
  assert.deepEqual([input?.required, output?.required], [[], Object.keys(defaults)]);
  assert.deepEqual(input?.properties?.["later"], { type: "string" });
});

test("asynchronous schemas are described like the others", async () => {
  const { input, output } = await adaptValibot(
    v.pipeAsync(
      v.objectAsync({
        limit: v.optionalAsync(
          v.pipeAsync(
            v.number(),
            v.integer(),
            v.checkAsync(async () => true),
          ),
        ),
        flags: v.arrayAsync(v.boolean()),
        either: v.unionAsync([
          v.number(),
          v.pipeAsync(
            v.string(),
            v.transformAsync(async (text) => text.length),
          ),
        ]),
      }),
      v.checkAsync(async () => true),
    ),
  );
  assert.deepEqual(input?.properties, {
    limit: { type: "integer" },
    flags: { type: "array", items: { type: "boolean" } },
    either: { anyOf: [{ type: "number" }, { type: "string" }] },
  });
  assert.deepEqual(output?.properties?.["either"], { anyOf: [{ type: "number" }, {}] });
});

test("a node knows its own schema, and that it may have been made from another", async () => {
  const inner = v.object({ a: v.string() });
  const maybe = v.optional(inner);
  const { input } = await adaptValibot(v.object({ maybe, piped: v.pipe(inner, v.title("Words")) }));
  const origins = ["maybe", "piped"].map((name) => originOf(input?.properties?.[name] ?? {}));
  assert.deepEqual(origins, [
    { sources: [maybe, inner], isComplete: false },
    { sources: [inner], isComplete: false },
  ]);
});

test("takes the name from metadata", async () => {
  const Owner = v.pipe(v.object({ name: v.string() }), v.metadata({ id: "Owner" }));
  const { input } = await adaptValibot(v.object({ owner: Owner }));
  assert.deepEqual(input?.properties, { owner: { $ref: "#/$defs/Owner" } });
  assert.equal(input?.$defs?.["Owner"]?.id, "Owner");
  const root = await adaptValibot(Owner);
  assert.equal(root.input === undefined ? "" : schemaName(root.input), "Owner");
});

test("recursion refers to a definition without a name", async () => {
  interface Tree {
    kids: Tree[];
  }
  const tree: v.GenericSchema<Tree> = v.object({ kids: v.array(v.lazy(() => tree)) });
  const { input } = await adaptValibot(tree);
  assert.deepEqual(input?.properties?.["kids"], { type: "array", items: { $ref: "#/$defs/__schema0" } });
});

test("a schema that was given ~standard.jsonSchema describes itself", async () => {
  const { input } = await adaptValibot(toStandardJsonSchema(v.object({ when: v.date() })));
  assert.deepEqual(input?.properties, { when: { type: "string", format: "date-time" } });
});
