/** Tests of the TypeBox entry. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Type, type TSchema } from "typebox";
import { compileTextReader } from "./parameters/compile-text-reader.ts";
import { compileSchema } from "./schema/compile-schema.ts";
import type { JsonSchema } from "./schema/json-schema.ts";
import type { SchemaResult } from "./schema/schema.ts";
import { schemaName } from "./schema/walk-json-schema.ts";
import { typebox } from "./typebox.ts";

async function run(schema: TSchema & object, value: unknown): Promise<SchemaResult> {
  return (await compileSchema(typebox(schema))).validate(value);
}

test("checks and does not convert", async () => {
  const schema = Type.Object({ n: Type.Integer(), s: Type.Optional(Type.String()) });
  assert.deepEqual(await run(schema, { n: 1 }), { value: { n: 1 } });
  assert.deepEqual((await run(schema, { n: "1" })).issues, [{ path: ["n"], message: "must be integer", code: "type" }]);
});

test("applies defaults to a copy", async () => {
  const schema = Type.Object({ n: Type.Integer({ default: 3 }), o: Type.Object({ m: Type.String({ default: "x" }) }) });
  const given = { o: {} };
  assert.deepEqual(await run(schema, given), { value: { n: 3, o: { m: "x" } } });
  assert.deepEqual(given, { o: {} });
});

test("gives a valid value back as it is when there is nothing to apply", async () => {
  const given = { n: 1 };
  assert.equal((await run(Type.Object({ n: Type.Integer() }), given)).value, given);
});

test("decodes codecs; one that throws is an issue", async () => {
  const when = Type.Codec(Type.String())
    .Decode((text) => {
      if (Number.isNaN(Date.parse(text))) throw new Error(`no date: ${text}`);
      return new Date(text);
    })
    .Encode((date) => date.toISOString());
  const schema = Type.Object({ when });
  const given = { when: "2026-01-01T00:00:00.000Z" };
  assert.deepEqual(await run(schema, given), { value: { when: new Date("2026-01-01T00:00:00.000Z") } });
  assert.deepEqual(given, { when: "2026-01-01T00:00:00.000Z" });
  assert.deepEqual((await run(schema, { when: "never" })).issues, [
    { path: [], message: "could not be decoded", code: "decode" },
  ]);
});

test("one issue for each missing property, one for a union", async () => {
  const schema = Type.Object({
    a: Type.String(),
    "b/c": Type.String(),
    u: Type.Union([Type.Integer(), Type.Boolean()]),
  });
  const { issues } = await run(schema, { u: "x" });
  assert.deepEqual(issues, [
    { path: ["a"], message: "is required", code: "required" },
    { path: ["b/c"], message: "is required", code: "required" },
    { path: ["u"], message: "must match a schema in anyOf", code: "anyOf" },
  ]);
  const nested = await run(Type.Object({ "a/b~": Type.Array(Type.Object({ n: Type.Integer() })) }), {
    "a/b~": [{ n: "x" }],
  });
  assert.deepEqual(nested.issues?.[0]?.path, ["a/b~", "0", "n"]);
});

test("describes itself: a default makes a property optional coming in, a codec's output is anything", async () => {
  const when = Type.Codec(Type.String()).Decode(Date.parse).Encode(String);
  const { input, output } = await compileSchema(
    typebox(Type.Object({ n: Type.Integer({ default: 3 }), s: Type.String(), when, big: Type.BigInt() })),
  );
  assert.deepEqual(input?.required, ["s", "when", "big"]);
  assert.deepEqual(output?.required, ["n", "s", "when", "big"]);
  assert.deepEqual([input?.properties?.["when"], output?.properties?.["when"]], [{ type: "string" }, {}]);
  assert.deepEqual(input?.properties?.["big"], { type: "string", pattern: "^-?[0-9]+$" });
});

test("takes the name from $id, and from the definitions of a cyclic type", async () => {
  const owner = Type.Object({ name: Type.String() }, { $id: "Owner" });
  const { input } = await compileSchema(typebox(Type.Object({ owner })));
  assert.deepEqual(input?.properties, { owner: { $ref: "#/$defs/Owner" } });
  const tree = Type.Cyclic({ Tree: Type.Object({ kids: Type.Array(Type.Ref("Tree")) }) }, "Tree");
  const root: JsonSchema | undefined = (await compileSchema(typebox(tree))).input;
  assert.equal(root === undefined ? "" : schemaName(root), "Tree");
  assert.deepEqual(root?.$defs?.["Tree"]?.properties?.["kids"], { type: "array", items: { $ref: "#/$defs/Tree" } });
});

test("no message contains any of the rejected value", async () => {
  const passwords: readonly (TSchema & object)[] = [
    Type.Integer(),
    Type.String({ maxLength: 3 }),
    Type.Enum(["a", "b"]),
    Type.Literal("a"),
    Type.Union([Type.Integer(), Type.Boolean()]),
    Type.String({ format: "email" }),
    Type.String({ pattern: "^z" }),
    Type.Object({}),
    Type.Codec(Type.String())
      .Decode((text): string => {
        throw new Error(text);
      })
      .Encode((text) => text),
  ];
  for (const [index, password] of passwords.entries()) {
    const { issues } = await run(Type.Object({ password }), { password: "hunter2-correct-horse" });
    assert.ok((issues?.length ?? 0) > 0, `schema ${index} accepted the value`);
    for (const { message } of issues ?? []) assert.ok(!/hunt|correct|horse/.test(message), message);
  }
});

async function strip(schema: TSchema & object, value: unknown): Promise<unknown> {
  const before = structuredClone(value);
  const compiled = await compileSchema(typebox(schema), { strip: true });
  const result = await compiled.validate(value);
  assert.deepEqual(value, before);
  return result.value;
}

test("strips at every depth, in unions, recursion and around codecs, without touching the handler's own value", async () => {
  const owner = Type.Object({ name: Type.String() });
  const record = Type.Object({ owner, list: Type.Array(owner) });
  const value = { secret: 1, owner: { name: "Ada", secret: 1 }, list: [{ name: "Bob", secret: 1 }] };
  assert.deepEqual(await strip(record, value), { owner: { name: "Ada" }, list: [{ name: "Bob" }] });

  const a = Type.Object({ kind: Type.Literal("a"), a: Type.Number() });
  const b = Type.Object({ kind: Type.Literal("b"), b: Type.String() });
  assert.deepEqual(await strip(Type.Union([a, b]), { kind: "b", a: 1, b: "x", secret: 1 }), { kind: "b", b: "x" });

  const tree = Type.Cyclic({ Tree: Type.Object({ kids: Type.Array(Type.Ref("Tree")) }) }, "Tree");
  const grown = { secret: 1, kids: [{ secret: 1, kids: [{ secret: 1, kids: [] }] }] };
  assert.deepEqual(await strip(tree, grown), { kids: [{ kids: [{ kids: [] }] }] });

  const copied = Type.Codec(owner)
    .Decode((person) => ({ ...person }))
    .Encode((person) => person);
  assert.deepEqual(await strip(copied, { name: "Ada", secret: 1 }), { name: "Ada" });
});

test("text becomes what the schema asks for", async () => {
  const schema = await compileSchema(
    typebox(
      Type.Object({
        n: Type.Integer(),
        f: Type.Optional(Type.Number()),
        b: Type.Boolean({ default: false }),
        l: Type.Optional(Type.Array(Type.Integer())),
        e: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
        u: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
      }),
    ),
  );
  const options = { place: "query", ignoreCase: false, undeclared: "keep", emptyIsMissing: false } as const;
  const reader = compileTextReader(schema.input, options);
  const text = "n=5&f=1.5&b=yes&l=1&l=2&e=2&u=";
  const result = await schema.validate(reader.read(new URLSearchParams(text)).value);
  assert.deepEqual(result.value, { n: 5, f: 1.5, b: true, l: [1, 2], e: 2, u: null });
  assert.deepEqual((await schema.validate(reader.read([["n", "5"]]).value)).value, { n: 5, b: false });
});
