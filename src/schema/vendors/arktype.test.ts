/** Tests of ArkType's adapter: what its JSON Schema looks like. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { scope, type } from "arktype";
import { schemaName } from "../walk-json-schema.ts";
import { adaptArktype } from "./arktype.ts";

test("describes what JSON does not have as JSON carries it", async () => {
  const { input } = await adaptArktype(type({ when: "Date", big: "bigint", any: "unknown" }));
  assert.deepEqual(input?.properties, {
    any: {},
    big: { type: "string", pattern: "^-?[0-9]+$" },
    when: { type: "string", format: "date-time" },
  });
});

test("tells input from output", async () => {
  const { input, output } = await adaptArktype(type({ n: "string.numeric.parse", d: "number = 3" }));
  assert.equal(input?.properties?.["n"]?.type, "string");
  assert.equal(output?.properties?.["n"]?.type, "number");
  assert.deepEqual([input?.required, output?.required], [["n"], ["d", "n"]]);
});

test("takes the name from configure()", async () => {
  const Owner = type({ name: "string" }).configure({ id: "Owner" } as object);
  const { input } = await adaptArktype(type({ owner: Owner }));
  assert.deepEqual(input?.properties, { owner: { $ref: "#/$defs/Owner" } });
  const root = await adaptArktype(Owner);
  assert.equal(root.input === undefined ? "" : schemaName(root.input), "Owner");
});

test("definitions that ArkType numbers have stable keys", async () => {
  const make = (): ReturnType<typeof adaptArktype> =>
    adaptArktype(scope({ Tree: { v: "number", kids: "Tree[]" } }).export().Tree);
  const [first, second] = [await make(), await make()];
  assert.deepEqual(first.input, second.input);
  assert.deepEqual(Object.keys(first.input?.$defs ?? {}), ["__schema0", "__schema1"]);
});
