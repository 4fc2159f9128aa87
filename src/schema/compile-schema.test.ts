/** Tests of the schema compiler over every vendor: results, issues that never quote, stripping. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { scope, type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";
import * as zm from "zod/mini";
import { compileSchema } from "./compile-schema.ts";
import type { SchemaResult } from "./schema.ts";
import type { StandardSchema } from "./standard-schema.ts";

async function run(source: unknown, value: unknown, strip = false): Promise<SchemaResult> {
  const schema = await compileSchema(source, { strip });
  return schema.validate(value);
}

/** A vendor that Apus has no file for; its messages quote, its objects keep what is not declared. */
function foreign(validate: StandardSchema["~standard"]["validate"], shape?: Record<string, unknown>): StandardSchema {
  const jsonSchema = shape === undefined ? undefined : { input: () => shape, output: () => shape };
  return { "~standard": { version: 1, vendor: "foreign", validate, jsonSchema } };
}

const keepAll = (value: unknown): { value: unknown } => ({ value });

test("refuses what is not a schema and names the remedy", async () => {
  const refused: readonly [unknown, RegExp][] = [
    [undefined, /got undefined/],
    [null, /got null/],
    [42, /got a number/],
    ["text", /got a string/],
    [[], /got an array/],
    [{}, /an object without properties/],
    [{ name: z.string() }, /properties name: wrap plain properties in an object schema/],
    [Type.Object({ a: Type.String() }), /typebox\(schema\) from "apus\/typebox"/],
    [function later() {}, /the function later/],
    [{ "~standard": true }, /got an object/],
    [{ "~standard": { version: 1 } }, /got an object/],
  ];
  for (const [source, message] of refused) {
    await assert.rejects(compileSchema(source), (error: Error & { code?: string }) => {
      assert.equal(error.code, "APUS_NOT_A_SCHEMA");
      assert.match(error.message, message);
      return true;
    });
  }
});

test("compiles the same source once for each use", async () => {
  const source = z.object({ a: z.int() });
  assert.equal(await compileSchema(source), await compileSchema(source, {}));
  assert.equal(await compileSchema(source, { strip: true }), await compileSchema(source, { strip: true }));
  assert.notEqual(await compileSchema(source), await compileSchema(z.object({ a: z.int() })));
  assert.equal((await compileSchema(source)).source, source);
});

test("remembers no failure", async () => {
  let isReady = false;
  const source: StandardSchema = {
    "~standard": {
      version: 1,
      vendor: "foreign",
      validate: keepAll,
      get jsonSchema() {
        return isReady ? { input: () => ({}), output: () => ({}) } : undefined;
      },
    },
  };
  await assert.rejects(compileSchema(source, { strip: true }), { code: "APUS_UNDESCRIBABLE_SCHEMA" });
  isReady = true;
  await assert.rejects(compileSchema(source, { strip: true }), { code: "APUS_UNDESCRIBABLE_SCHEMA" });
  assert.deepEqual(await run({ "~standard": source["~standard"] }, 1, true), { value: 1 });
});

const persons: Readonly<Record<string, () => unknown>> = {
  zod: () => z.object({ name: z.string(), age: z.int().default(3) }),
  "zod/mini": () => zm.object({ name: zm.string(), age: zm._default(zm.int(), 3) }),
  valibot: () => v.object({ name: v.string(), age: v.optional(v.pipe(v.number(), v.integer()), 3) }),
  arktype: () => type({ name: "string", age: "number.integer = 3" }),
};

for (const [vendor, person] of Object.entries(persons)) {
  test(`${vendor}: validates, applies defaults, describes both sides`, async () => {
    const schema = await compileSchema(person());
    assert.deepEqual(await schema.validate({ name: "Ada" }), await schema.validate({ name: "Ada", age: 3 }));
    assert.deepEqual((await schema.validate({ name: "Ada" })).value, { name: "Ada", age: 3 });
    assert.deepEqual(schema.input?.required, ["name"]);
    assert.deepEqual(schema.input?.properties?.["name"], { type: "string" });
    assert.equal(schema.input?.properties?.["age"]?.type, "integer");
    assert.equal(schema.input?.["$schema"], undefined);
    assert.equal(schema.output?.["$schema"], undefined);
    assert.equal(schema.output?.type, "object");
  });

  test(`${vendor}: issues have a path of keys, a code and a message`, async () => {
    const { issues } = await run(person(), { name: 1, age: 1.5 });
    assert.deepEqual(issues?.map(({ path }) => path).toSorted(), [["age"], ["name"]]);
    for (const { code, message } of issues ?? []) {
      assert.match(code, /^[a-zA-Z_]+$/);
      assert.notEqual(code, "invalid");
      assert.ok(message.length > 3);
    }
    const missing = await run(person(), {});
    assert.deepEqual(
      missing.issues?.map(({ path }) => path),
      [["name"]],
    );
  });
}

test("an asynchronous schema gives a promise, the others do not", async () => {
  const name = z.string().refine(async (text) => text.length > 2);
  const slow = await compileSchema(z.object({ name }));
  assert.ok(slow.validate({ name: "Ada" }) instanceof Promise);
  assert.deepEqual(await slow.validate({ name: "Ada" }), { value: { name: "Ada" } });
  assert.equal((await slow.validate({ name: "A" })).issues?.length, 1);
  const fast = await compileSchema(z.object({ name: z.string() }));
  assert.deepEqual(fast.validate({ name: "Ada" }), { value: { name: "Ada" } });
  const thenable = foreign((value) => ({ then: (resolve: (result: object) => void) => resolve({ value }) }) as never);
  assert.deepEqual(await run(thenable, 7), { value: 7 });
});

test("lets a schema throw", async () => {
  const source = foreign(() => {
    throw new TypeError("broken schema");
  });
  await assert.rejects(run(source, 1), { message: "broken schema" });
});

test("reads paths of every form and bounds the number of issues", async () => {
  const path = ["a", 1, { key: "b" }, { key: 2 }, Symbol("s"), { key: {} as PropertyKey }];
  const { issues } = await run(
    foreign(() => ({ issues: [{ message: "bad", path }] })),
    {},
  );
  assert.deepEqual(issues, [{ path: ["a", 1, "b", 2, "s", "object"], message: "bad", code: "invalid" }]);
  const many = Array.from({ length: 5_000 }, () => ({ message: "bad" }));
  assert.equal(
    (
      await run(
        foreign(() => ({ issues: many })),
        {},
      )
    ).issues?.length,
    100,
  );
  assert.equal(
    (
      await run(
        foreign(() => ({ issues: [] })),
        {},
      )
    ).issues?.length,
    1,
  );
});

const secret = "hunter2-correct-horse";

const secretives: Readonly<Record<string, readonly unknown[]>> = {
  zod: [
    z.object({ password: z.int() }),
    z.object({ password: z.string().max(3) }),
    z.object({ password: z.enum(["a", "b"]) }),
    z.object({ password: z.literal("a") }),
    z.object({ password: z.union([z.int(), z.boolean()]) }),
    z.object({ password: z.email() }),
    z.object({ password: z.string().regex(/^z/) }),
    z.object({ password: z.coerce.number() }),
    z.object({ password: z.stringbool() }),
    z.object({ password: z.object({}) }),
    z.discriminatedUnion("password", [z.object({ password: z.literal("a") })]),
  ],
  valibot: [
    v.object({ password: v.number() }),
    v.object({ password: v.pipe(v.string(), v.maxLength(3)) }),
    v.object({ password: v.picklist(["a", "b"]) }),
    v.object({ password: v.literal("a") }),
    v.object({ password: v.union([v.number(), v.boolean()]) }),
    v.object({ password: v.pipe(v.string(), v.email()) }),
    v.object({ password: v.pipe(v.string(), v.startsWith("zzzz")) }),
    v.object({ password: v.pipe(v.string(), v.value("z")) }),
    v.object({ password: v.pipe(v.string(), v.regex(/^z/)) }),
    v.object({
      password: v.pipe(
        v.string(),
        v.check((text) => text === "z"),
      ),
    }),
    v.object({
      password: v.pipe(
        v.string(),
        v.regex(/^z/, (issue) => `no: ${issue.input}`),
      ),
    }),
    v.variant("password", [v.object({ password: v.literal("a") })]),
  ],
  arktype: [
    type({ password: "number" }),
    type({ password: "string < 3" }),
    type({ password: "'a' | 'b'" }),
    type({ password: "'a'" }),
    type({ password: "number | boolean" }),
    type({ password: "'a' | number > 5 | string < 2" }),
    type({ password: "string.email" }),
    type({ password: /^z/ }),
    type({ password: "string.email & string < 3 & /^z/" }),
    type({ password: "string.json.parse" }),
    type({ password: type("string").narrow((_, context) => context.mustBe("good")) }),
    type({ password: type("string").narrow(() => false) }),
    type({ password: type("string < 3").configure({ message: ({ data }) => `no: ${String(data)}` }) }),
    type({ password: type("string < 3").configure({ problem: ({ data }) => `no: ${String(data)}` }) }),
    type({ password: "'a'", x: "1" }).or({ password: "'b'", y: "2" }),
    type({ password: "number" }).or({ other: "string" }),
  ],
  foreign: [
    foreign((value) => ({ issues: [{ message: `bad value ${JSON.stringify(value)}`, path: ["password"] }] })),
    foreign(() => ({ issues: [{ message: `expected a number, actual "hunt…"`, path: ["password"] }] })),
    foreign((value) => ({ issues: [{ message: `${"x".repeat(1_000)}${JSON.stringify(value)}` }] })),
  ],
};

for (const [vendor, sources] of Object.entries(secretives)) {
  test(`${vendor}: no message contains any of the rejected value`, async () => {
    for (const [index, source] of sources.entries()) {
      const { issues } = await run(source, { password: secret });
      assert.ok((issues?.length ?? 0) > 0, `schema ${index} accepted the value`);
      for (const { message } of issues ?? []) {
        assert.ok(!/hunt|correct|horse/.test(message), `schema ${index}: ${message}`);
        assert.ok(message.length > 0);
      }
    }
  });
}

test("messages still say what is wrong", async () => {
  const messageOf = async (source: unknown): Promise<string | undefined> =>
    (await run(source, { n: "abc" })).issues?.[0]?.message;
  assert.equal(await messageOf(z.object({ n: z.int() })), "Invalid input: expected number, received string");
  assert.equal(await messageOf(v.object({ n: v.number() })), "Invalid type: Expected number, received string");
  assert.equal(await messageOf(v.object({ n: v.pipe(v.string(), v.email()) })), "Invalid email");
  assert.equal(await messageOf(v.object({ n: v.pipe(v.string(), v.email("not an address")) })), "not an address");
  assert.equal(await messageOf(v.object({ m: v.number() })), 'Invalid key: Expected "m", received undefined');
  assert.equal(await messageOf(type({ n: "number" })), "must be a number");
  assert.equal(await messageOf(type({ n: "'a' | 'b'" })), 'must be "a" or "b"');
  assert.equal(await messageOf(type({ n: type("string > 5").configure({ message: "too short" }) })), "too short");
  assert.equal(await messageOf(type({ n: "number" }).or({ m: "string" })), "must be m: a string or n: a number");
  assert.equal(await messageOf(foreign(() => ({ issues: [{ message: "must be a number" }] }))), "must be a number");
});

const shape = {
  type: "object",
  properties: {
    id: { type: "integer" },
    owner: { type: "object", properties: { name: { type: "string" } } },
    tags: { type: "array", items: { type: "object", properties: { label: { type: "string" } } } },
  },
};

const records: Readonly<Record<string, unknown>> = {
  zod: z.object({ id: z.int(), owner: z.object({ name: z.string() }), tags: z.array(z.object({ label: z.string() })) }),
  "zod/mini": zm.object({
    id: zm.int(),
    owner: zm.object({ name: zm.string() }),
    tags: zm.array(zm.object({ label: zm.string() })),
  }),
  valibot: v.object({
    id: v.number(),
    owner: v.object({ name: v.string() }),
    tags: v.array(v.object({ label: v.string() })),
  }),
  arktype: type({ id: "number", owner: { name: "string" }, tags: type({ label: "string" }).array() }),
  "arktype with a transform": type({
    id: "number",
    owner: { name: "string" },
    tags: type({ label: "string" }).array(),
  }).pipe((record) => ({ ...record })),
  foreign: foreign(keepAll, shape),
};

for (const [vendor, source] of Object.entries(records)) {
  test(`${vendor}: strips at every depth without touching the handler's own value`, async () => {
    const value = {
      id: 1,
      password: secret,
      owner: { name: "Ada", password: secret },
      tags: [{ label: "x", password: secret }],
    };
    const before = structuredClone(value);
    const result = await run(source, value, true);
    assert.deepEqual(result.value, { id: 1, owner: { name: "Ada" }, tags: [{ label: "x" }] });
    assert.deepEqual(value, before);
  });
}

interface Tree {
  v: number;
  kids: Tree[];
}

const valibotTree: v.GenericSchema<Tree> = v.object({ v: v.number(), kids: v.array(v.lazy(() => valibotTree)) });
const zodTree = z.object({
  v: z.int(),
  get kids() {
    return z.array(zodTree);
  },
});

const trees: Readonly<Record<string, unknown>> = {
  zod: zodTree,
  valibot: valibotTree,
  arktype: scope({ Tree: { v: "number", kids: "Tree[]" } }).export().Tree,
};

for (const [vendor, source] of Object.entries(trees)) {
  test(`${vendor}: strips recursive schemas`, async () => {
    const value = { v: 1, secret, kids: [{ v: 2, secret, kids: [{ v: 3, secret, kids: [] }] }] };
    const expected = { v: 1, kids: [{ v: 2, kids: [{ v: 3, kids: [] }] }] };
    assert.deepEqual((await run(source, value, true)).value, expected);
  });
}

const unions: Readonly<Record<string, unknown>> = {
  zod: z.union([z.object({ k: z.literal("a"), a: z.int() }), z.object({ k: z.literal("b"), b: z.string() })]),
  valibot: v.variant("k", [
    v.object({ k: v.literal("a"), a: v.number() }),
    v.object({ k: v.literal("b"), b: v.string() }),
  ]),
  arktype: type({ k: "'a'", a: "number" }).or({ k: "'b'", b: "string" }),
};

for (const [vendor, source] of Object.entries(unions)) {
  test(`${vendor}: strips by the branch that fits`, async () => {
    assert.deepEqual((await run(source, { k: "a", a: 1, b: secret }, true)).value, { k: "a", a: 1 });
    assert.deepEqual((await run(source, { k: "b", a: 1, b: "x", c: secret }, true)).value, { k: "b", b: "x" });
  });
}

test("arktype: strips what its own deletion refuses to", async () => {
  const source = type({ a: "number" }).or({ b: "string" });
  assert.deepEqual((await run(source, { a: 1, c: secret }, true)).value, { a: 1 });
  assert.deepEqual((await run(source, { b: "x", c: secret }, true)).value, { b: "x" });
});
