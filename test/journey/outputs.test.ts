/** What leaves, by every schema vendor and on both edges: nothing undeclared, nothing invalid, and only what JSON can carry. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { reply, type App } from "apus";
import type { TestClient } from "apus/testing";
import { z } from "zod";
import { createLoggedApp, findErrorLine, forgetLog } from "./collected-log.ts";
import { onEveryEdge } from "./edges.ts";
import { outputSchemas, type OutputSchemas } from "./output-schemas.ts";

type AnyClient = Pick<TestClient<Record<never, never>>, "fetch">;

async function read(client: AnyClient, path: string): Promise<readonly [status: number, content: unknown]> {
  const response = await client.fetch(path);
  const content = await response.text();
  return [response.status, content === "" ? undefined : JSON.parse(content)];
}

/** A 500 that says nothing, and the error that was logged for it. */
async function fail(
  client: AnyClient,
  path: string,
): Promise<{ readonly error: Error & { code?: string }; readonly route: unknown }> {
  forgetLog();
  const response = await client.fetch(path);
  const content = await response.text();
  assert.deepEqual([response.status, response.headers.get("content-type")], [500, "application/problem+json"], content);
  assert.deepEqual(JSON.parse(content), { type: "about:blank", title: "Internal Server Error", status: 500 });
  return findErrorLine();
}

const secret = "s3cret";

function declaredItem(): Record<string, unknown> {
  return {
    id: 1,
    name: "lamp",
    owner: { name: "Ada" },
    parts: [{ sku: "a" }, { sku: "b" }],
    shape: { kind: "square", side: 2 },
    prices: { eur: 5 },
  };
}

/** The same item with something undeclared at every depth. */
function leakyItem(): Record<string, unknown> {
  return {
    ...declaredItem(),
    password: secret,
    owner: { name: "Ada", password: secret },
    parts: [
      { sku: "a", cost: secret },
      { sku: "b", cost: secret },
    ],
    shape: { kind: "square", side: 2, r: secret, hidden: secret },
  };
}

class Row {
  readonly id = 1;
  readonly password = secret;
  readonly owner = { name: "Ada", password: secret };
  readonly parts = [];
  readonly shape = { kind: "circle", r: 1 };
  readonly prices = {};

  get name(): string {
    return "lamp";
  }
}

function buildDeclared({ item, list, job }: OutputSchemas): App {
  const app = createLoggedApp();
  app.get("/item", { response: item }, leakyItem);
  app.get("/list", { response: list }, () => [leakyItem(), leakyItem()]);
  app.get("/row", { response: item }, () => new Row());
  app.get("/bare", { response: item }, () => Object.assign(Object.create(null) as object, leakyItem()));
  app.get("/status", { response: item, status: 201 }, leakyItem);
  app.get("/chosen", { response: item }, ({ response }) => {
    response.status = 203;
    return leakyItem();
  });
  app.get("/reply", { response: item, responses: { 202: job } }, () => reply(202, { job: 7, password: secret }));
  app.get("/undeclared-reply", { response: item }, () => reply(203, leakyItem()));
  app.get("/own", { response: item }, () => reply(200, leakyItem()));
  app.get("/wrong/{field}", { response: item }, ({ path }) => ({ ...leakyItem(), [path.field]: secret }));
  app.get("/wrong-list", { response: list }, () => [leakyItem(), { ...leakyItem(), parts: [{ sku: 1 }] }]);
  app.get("/wrong-reply", { responses: { 202: job } }, () => reply(202, { job: secret }));
  app.get("/nothing", { response: item }, () => undefined);
  app.get("/null", { response: item }, () => null);
  return app;
}

for (const schemas of outputSchemas) {
  const { vendor } = schemas;
  const build = (): App => buildDeclared(schemas);

  onEveryEdge(`${vendor}: what the response does not declare never leaves`, build, async (client) => {
    assert.deepEqual(await read(client, "/item"), [200, declaredItem()]);
    assert.deepEqual(await read(client, "/list"), [200, [declaredItem(), declaredItem()]]);
    assert.deepEqual(await read(client, "/bare"), [200, declaredItem()]);
    const row = { ...declaredItem(), parts: [], shape: { kind: "circle", r: 1 }, prices: {} };
    assert.deepEqual(await read(client, "/row"), [200, row]);
    assert.deepEqual(await read(client, "/status"), [201, declaredItem()]);
    assert.deepEqual(await read(client, "/chosen"), [203, declaredItem()]);
    assert.deepEqual(await read(client, "/reply"), [202, { job: 7 }]);
    assert.deepEqual(await read(client, "/undeclared-reply"), [203, declaredItem()]);
    assert.deepEqual(await read(client, "/own"), [200, declaredItem()]);
  });

  onEveryEdge(
    `${vendor}: an invalid output is a 500 without detail, and the log names route and field`,
    build,
    async (client) => {
      for (const field of ["id", "owner", "parts", "shape", "prices"]) {
        const { error, route } = await fail(client, `/wrong/${field}`);
        assert.equal(error.code, "APUS_INVALID_RESPONSE");
        assert.ok(
          error.message.includes(`GET /wrong/{field} returned`) && error.message.includes(`/${field}`),
          error.message,
        );
        assert.ok(!error.message.includes(secret), error.message);
        assert.equal(route, "/wrong/{field}");
      }
      assert.match((await fail(client, "/wrong-list")).error.message, /at \/1\/parts\/0\/sku/);
      assert.match((await fail(client, "/wrong-reply")).error.message, /at \/job/);
      assert.equal((await fail(client, "/nothing")).error.message.includes("GET /nothing"), true);
      assert.equal((await fail(client, "/null")).error.message.includes("GET /null"), true);
    },
  );
}

class Point {
  readonly x = 1;
  readonly #hidden = 2;

  get sum(): number {
    return this.x + this.#hidden;
  }
}

class Money {
  readonly amount = 5n;

  toJSON(): unknown {
    return { cents: this.amount };
  }
}

function readRows(): unknown {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE row (id INTEGER, name TEXT); INSERT INTO row VALUES (1, 'a'), (2, NULL)");
  return database.prepare("SELECT * FROM row ORDER BY id").all();
}

function cycle(): object {
  const one: Record<string, unknown> = { name: "one" };
  one["other"] = { name: "other", back: one };
  return one;
}

/** Returned value → JSON text. */
const values: ReadonlyMap<string, readonly [value: () => unknown, json: string]> = new Map([
  ["null", [() => null, "null"]],
  ["text", [() => 'plain "text"\u2028 ü', '"plain \\"text\\"\u2028 ü"']],
  ["empty-text", [() => "", '""']],
  ["number", [() => 0, "0"]],
  ["boolean", [() => false, "false"]],
  ["empty-list", [() => [], "[]"]],
  ["undefined-member", [() => ({ a: undefined, b: [undefined, 1], c: () => 1 }), '{"b":[null,1]}']],
  ["date", [() => ({ at: new Date(0) }), '{"at":"1970-01-01T00:00:00.000Z"}']],
  ["bigint", [() => ({ id: 9_007_199_254_740_993n, list: [1n] }), '{"id":"9007199254740993","list":["1"]}']],
  ["class", [() => new Point(), '{"x":1}']],
  ["to-json", [() => [new Money()], '[{"cents":"5"}]']],
  ["url", [() => ({ at: new URL("https://example.com/a") }), '{"at":"https://example.com/a"}']],
  ["rows", [readRows, '[{"id":1,"name":"a"},{"id":2,"name":null}]']],
  ["promise", [() => Promise.resolve({ a: 1 }), '{"a":1}']],
]);

/** What JSON cannot carry without loss, or at all. */
const refused: ReadonlyMap<string, () => unknown> = new Map<string, () => unknown>([
  ["map", () => new Map([["a", 1]])],
  ["set", () => new Set([1])],
  ["generator", () => [1, 2].values()],
  ["bytes", () => new Uint8Array([1, 2])],
  ["function", () => () => 1],
  ["symbol", () => Symbol("a")],
  ["cycle", cycle],
  ["throwing-to-json", () => ({ toJSON: () => assert.fail(secret) })],
  ["throwing-getter", () => Object.defineProperty({}, "a", { enumerable: true, get: () => assert.fail(secret) })],
]);

function buildPlain(): App {
  const app = createLoggedApp();
  for (const [name, [value]] of values) app.get(`/value/${name}`, value);
  for (const [name, value] of refused) app.get(`/refused/${name}`, value);
  app.get("/undefined", () => undefined);
  app.get("/undefined-created", { status: 201 }, () => undefined);
  app.get("/undefined-chosen", ({ response }) => {
    response.status = 202;
  });
  app.get("/no-content", { status: 204 }, () => ({ ignored: true }));
  const tree = z.object({
    name: z.string(),
    get other(): z.ZodOptional<typeof tree> {
      return tree.optional();
    },
    get back(): z.ZodOptional<typeof tree> {
      return tree.optional();
    },
  });
  app.get("/typed-cycle", { response: tree }, () => cycle() as z.infer<typeof tree>);
  app.get(
    "/typed",
    { response: z.object({ at: z.date(), id: z.bigint(), note: z.string().nullable(), gone: z.string().optional() }) },
    () => ({ at: new Date(0), id: 5n, note: null, gone: undefined }),
  );
  app.get("/transformed", { response: z.object({ at: z.date().transform((date) => date.getTime()) }) }, () => ({
    at: new Date(7),
  }));
  return app;
}

onEveryEdge("plain values become JSON text", buildPlain, async (client) => {
  for (const [name, [, json]] of values) {
    const response = await client.fetch(`/value/${name}`);
    const content = await response.text();
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), content],
      [200, "application/json", json],
      name,
    );
  }
  assert.deepEqual(await read(client, "/typed"), [200, { at: "1970-01-01T00:00:00.000Z", id: "5", note: null }]);
  assert.deepEqual(await read(client, "/transformed"), [200, { at: 7 }]);
});

onEveryEdge("undefined is an answer without content", buildPlain, async (client) => {
  const statuses = { "/undefined": 204, "/undefined-created": 201, "/undefined-chosen": 202, "/no-content": 204 };
  for (const [path, status] of Object.entries(statuses)) {
    const response = await client.fetch(path);
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), await response.text()],
      [status, null, ""],
      path,
    );
  }
});

onEveryEdge(
  "what JSON cannot carry is a 500 that the log explains, and the server goes on",
  buildPlain,
  async (client) => {
    for (const name of refused.keys()) {
      const { error } = await fail(client, `/refused/${name}`);
      assert.equal(error.code, "APUS_UNSERIALIZABLE", name);
      assert.ok(error.message.startsWith(`GET /refused/${name} returned what JSON cannot carry`), error.message);
    }
    await fail(client, "/typed-cycle");
    assert.deepEqual(await read(client, "/value/null"), [200, null]);
  },
);
