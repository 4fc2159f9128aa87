/** Dependencies in whole apps: values, order, clean-up, errors, and who is refused before a body is read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency, HttpError, Router, scoped } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

const quiet = { log: false } as const;

/** What happened, in order. */
let told: string[] = [];
const tell = (text: string): void => void told.push(text);

/** The clean-up after a response is not awaited by its reader. */
async function assertTold(expected: readonly string[]): Promise<void> {
  for (let turn = 0; turn < 200 && told.length < expected.length; turn += 1) await sleep(5);
  assert.deepEqual(told, expected);
}

function buildShop(): App {
  told = [];
  const app = new App(quiet);
  const page = dependency({ query: z.object({ page: z.int().min(1).default(1) }) }, ({ query }) => query.page);
  const settings = dependency(() => {
    tell("settings");
    return { pageSize: 10 };
  });
  const offset = dependency({ use: { page, settings } }, async ({ page: wanted, settings: { pageSize } }) => {
    await sleep(1);
    return (wanted - 1) * pageSize;
  });
  app.get("/items", { use: { offset, settings, page } }, (input) => ({
    offset: input.offset,
    pageSize: input.settings.pageSize,
    page: input.page,
  }));
  return app;
}

onEveryEdge("values reach the handler by name, and what two use runs once", buildShop, async (client) => {
  const answer = await client.fetch("/items?page=3");
  assert.deepEqual(await answer.json(), { offset: 20, pageSize: 10, page: 3 });
  assert.deepEqual(told, ["settings"]);
});

onEveryEdge(
  "wrong inputs of dependencies and of the operation are answered all at once",
  () => {
    const app = new App(quiet);
    const tenant = dependency({ headers: z.object({ "x-tenant": z.string() }) }, ({ headers }) => headers["x-tenant"]);
    const body = z.object({ name: z.string() });
    app.post("/items/{id:int}", { query: z.object({ page: z.int() }), body, use: { tenant } }, () => "never");
    return app;
  },
  async (client) => {
    const answer = await client.fetch("/items/1?page=x", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    assert.equal(answer.status, 422);
    const { errors } = (await answer.json()) as { errors: { in: string; pointer: string }[] };
    assert.deepEqual(errors.map(({ in: place, pointer }) => `${place} ${pointer}`).toSorted(), [
      "body /name",
      "header /x-tenant",
      "query /page",
    ]);
  },
);

function buildOrdered(): App {
  told = [];
  const app = new App(quiet);
  const outer = dependency(async function* () {
    tell("outer begins");
    yield "outer";
    tell("outer ends");
  });
  const transaction = dependency({ until: "handler" }, async function* () {
    tell("transaction begins");
    try {
      yield "transaction";
      tell("commit");
    } catch (error) {
      tell(`rollback: ${(error as Error).message}`);
      throw error;
    }
  });
  const inner = dependency({ use: { outer } }, function* () {
    tell("inner begins");
    yield "inner";
    tell("inner ends");
  });
  app.get("/fine", { use: { inner, transaction } }, ({ inner: value }) => {
    tell("handler");
    return value;
  });
  app.get("/stream", { use: { outer } }, () => {
    tell("handler");
    return new Response(ReadableStream.from(streamTold()));
  });
  app.get("/fails", { use: { inner, transaction } }, (): string => {
    throw new HttpError(409, "taken");
  });
  app.get("/refused", { use: { transaction }, response: z.string() }, () => 5 as unknown as string);
  return app;
}

async function* streamTold(): AsyncIterable<Uint8Array> {
  for (const part of ["one", "two"]) {
    await sleep(1);
    tell(part);
    yield Buffer.from(part);
  }
}

onEveryEdge(
  "clean-up runs in reverse: before the head where it says so, else after the last byte",
  buildOrdered,
  async (client) => {
    assert.equal(await (await client.fetch("/fine")).json(), "inner");
    await assertTold([
      "outer begins",
      "transaction begins",
      "inner begins",
      "handler",
      "commit",
      "inner ends",
      "outer ends",
    ]);
  },
);

onEveryEdge("a dependency stays open while the answer streams", buildOrdered, async (client) => {
  assert.equal(await (await client.fetch("/stream")).text(), "onetwo");
  await assertTold(["outer begins", "handler", "one", "two", "outer ends"]);
});

onEveryEdge("an error reaches every yield in reverse, and is answered", buildOrdered, async (client) => {
  assert.equal((await client.fetch("/fails")).status, 409);
  assert.deepEqual(told, ["outer begins", "transaction begins", "inner begins", "rollback: taken"]);
});

onEveryEdge("an answer that its schema refuses is rolled back", buildOrdered, async (client) => {
  assert.equal((await client.fetch("/refused")).status, 500);
  assert.equal(told.length, 2);
  assert.match(told[1] ?? "", /^rollback: GET \/refused returned what its response schema refuses/);
});

onEveryEdge(
  "a commit that fails is a 500, and no answer has left",
  () => {
    const app = new App(quiet);
    const session = dependency({ until: "handler" }, async function* () {
      yield 1;
      throw new HttpError(503, "The database is gone.");
    });
    app.get("/", { use: { session } }, () => "saved");
    return app;
  },
  async (client) => {
    assert.equal((await client.fetch("/")).status, 503);
  },
);

onEveryEdge(
  "an error may be turned into another one, but not into none",
  () => {
    const app = new App(quiet);
    const mapping = dependency(async function* () {
      try {
        yield 1;
      } catch (error) {
        if ((error as Error).message === "duplicate key") throw new HttpError(409, "It exists.");
      }
    });
    app.get("/{why}", { use: { mapping } }, ({ path }): string => {
      throw new Error(path.why);
    });
    return app;
  },
  async (client) => {
    assert.equal((await client.fetch("/duplicate%20key")).status, 409);
    assert.equal((await client.fetch("/swallowed")).status, 500);
  },
);

function buildGuarded(): App {
  told = [];
  const app = new App(quiet);
  const token = dependency(
    { security: { name: "token", scheme: { type: "http", scheme: "bearer" } } },
    ({ request, scopes }) => {
      if (request.headers.get("authorization") !== "Bearer good") throw new HttpError(401, "Who are you?");
      if (scopes.includes("admin")) throw new HttpError(403, `You lack ${scopes.join(" ")}.`);
      return scopes;
    },
  );
  const user = dependency({ use: { token } }, () => {
    tell("user");
    return "ada";
  });
  const session = dependency(() => {
    tell("session");
    return 1;
  });
  const body = z.object({ name: z.string() });
  app.post("/items", { body, use: { session, user } }, ({ body: { name }, user: who }) => ({ name, who }));
  app.get("/scopes", { use: { a: scoped(token, "read"), token } }, ({ a }) => a);
  const admin = dependency({ use: { user: scoped(user, "admin") } }, () => "root");
  app.get("/admin", { use: { admin } }, ({ admin: who }) => who);
  return app;
}

const post = (authorization: string, body: string): RequestInit => ({
  method: "POST",
  body,
  headers: { authorization, "content-type": "application/json" },
});

onEveryEdge(
  "security comes before the body: who is refused has nothing read, whatever was sent",
  buildGuarded,
  async (client) => {
    assert.equal((await client.fetch("/items", post("Bearer bad", "not json"))).status, 401);
    assert.deepEqual(told, []);
    assert.equal((await client.fetch("/items", post("Bearer good", "{}"))).status, 422);
    assert.deepEqual(told, ["user"], "and the others come after it");
    assert.deepEqual(await (await client.fetch("/items", post("Bearer good", '{"name":"x"}'))).json(), {
      name: "x",
      who: "ada",
    });
    assert.deepEqual(told, ["user", "user", "session"]);
  },
);

onEveryEdge("scopes add up on every way to a scheme", buildGuarded, async (client) => {
  const headers = { authorization: "Bearer good" };
  assert.deepEqual(await (await client.fetch("/scopes", { headers })).json(), ["read"]);
  const refused = await client.fetch("/admin", { headers });
  assert.equal(refused.status, 403);
  assert.equal(((await refused.json()) as { detail: string }).detail, "You lack admin.");
});

test("what is independent runs side by side, and failures wait for what is under way", async () => {
  told = [];
  const app = new App(quiet);
  const slow = dependency(async function* () {
    tell("slow begins");
    await sleep(30);
    yield 1;
    tell("never");
  });
  const other = dependency(async () => {
    tell("other begins");
    await sleep(1);
    throw new HttpError(418);
  });
  const watched = dependency({ use: { slow } }, async function* () {
    try {
      yield 1;
    } finally {
      tell("watched ends");
    }
  });
  app.get("/", { use: { slow, other, watched } }, () => "never");
  await using client = await testClient(app);
  assert.equal((await client.fetch("/")).status, 418);
  assert.deepEqual(told, ["slow begins", "other begins", "watched ends"]);
});

test("routers, includes and apps run their dependencies around every route, outermost first", async () => {
  told = [];
  const note = (name: string): ReturnType<typeof dependency<void>> => dependency({ name }, () => tell(name));
  const app = new App({ ...quiet, use: [note("app")] });
  const router = new Router({ prefix: "/a", use: [note("router")] });
  router.get("/", { use: { own: note("route") } }, () => "done");
  app.include(router, { use: [note("include")] });
  const mounted = new App({ ...quiet, use: [note("mounted")] });
  mounted.get("/x", () => "x");
  app.mount("/m", mounted);
  await using client = await testClient(app);
  assert.equal((await client.fetch("/a")).status, 200);
  assert.deepEqual(told.splice(0), ["app", "include", "router", "route"]);
  assert.equal((await client.fetch("/m/x")).status, 200);
  assert.deepEqual(told, ["mounted"]);
});

test("no cache: each use runs it anew", async () => {
  let count = 0;
  const app = new App(quiet);
  const counter = dependency({ cache: false }, () => (count += 1));
  const second = dependency({ use: { counter } }, ({ counter: value }) => value);
  app.get("/", { use: { counter, second } }, (input) => [input.counter, input.second]);
  await using client = await testClient(app);
  assert.deepEqual(await (await client.fetch("/")).json(), [1, 2]);
});

test("optional: undefined when the request has none of its inputs, 422 when they are wrong", async () => {
  const app = new App(quiet);
  const filter = dependency({ optional: true, query: z.object({ from: z.int(), to: z.int() }) }, ({ query }) => query);
  app.get("/", { use: { filter } }, (input) => input.filter ?? "none");
  await using client = await testClient(app);
  assert.equal(await (await client.fetch("/")).json(), "none");
  assert.equal((await client.fetch("/?from=1")).status, 422);
  assert.deepEqual(await (await client.fetch("/?from=1&to=2")).json(), { from: 1, to: 2 });
});

test("app scope: started before the first request, shared with mounted apps, ended in reverse after the last clean-up", async () => {
  told = [];
  const config = dependency({ scope: "app" }, () => {
    tell("config");
    return "db://";
  });
  const database = dependency({ scope: "app", use: { config } }, async function* ({ config: url }) {
    tell(`open ${url}`);
    yield { url };
    tell("close");
  });
  const session = dependency({ use: { database } }, async function* ({ database: { url } }) {
    yield `session of ${url}`;
    await sleep(20);
    tell("session ends");
  });
  const app = new App(quiet);
  app.lifespan(async function* () {
    tell("lifespan begins");
    yield;
    tell("lifespan ends");
  });
  app.get("/", { use: { session } }, (input) => input.session);
  const mounted = new App(quiet);
  mounted.get("/", { use: { session } }, (input) => input.session);
  app.mount("/m", mounted);
  const client = await testClient(app);
  assert.deepEqual(told.splice(0), ["config", "open db://", "lifespan begins"]);
  await client.fetch("/");
  await client.fetch("/m/");
  await client.close();
  assert.deepEqual(told, ["session ends", "session ends", "close", "lifespan ends"]);
});
