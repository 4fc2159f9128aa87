/** Routes as a client meets them: precedence, converters, methods, routers, mounts, reverse URLs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, Router, type Converter } from "apus";
import { testClient } from "apus/testing";
import { onEveryEdge } from "./edges.ts";

const silent = { log: false } as const;

function buildUsers(): App {
  const app = new App(silent);
  app.get("/users/{id:int}", ({ path }) => ({ route: "id", id: path.id }));
  app.get("/users/{name}", ({ path }) => ({ route: "name", name: path.name }));
  app.get("/users/me", () => ({ route: "me" }));
  app.delete("/users/{name}", ({ path }) => ({ route: "delete", name: path.name }));
  app.get("/files/{rest:path}", ({ path }) => ({ route: "files", rest: path.rest }));
  app.query("/search", { hidden: true }, () => ({ route: "search" }));
  return app;
}

onEveryEdge(
  "a literal beats a parameter, a narrow converter a wide one, whatever the order",
  buildUsers,
  async (client) => {
    const read = async (path: string): Promise<unknown> => (await client.fetch(path)).json();
    assert.deepEqual(await read("/users/me"), { route: "me" });
    assert.deepEqual(await read("/users/7"), { route: "id", id: 7 });
    assert.deepEqual(await read("/users/seven"), { route: "name", name: "seven" });
    assert.deepEqual(await read("/users/a%2Fb"), { route: "name", name: "a/b" });
    assert.deepEqual(await read("/files/a/b%20c/d"), { route: "files", rest: "a/b c/d" });
  },
);

onEveryEdge("a less specific route answers the method that a more specific one lacks", buildUsers, async (client) => {
  const answer = await client.fetch("/users/me", { method: "DELETE" });
  assert.deepEqual(await answer.json(), { route: "delete", name: "me" });
});

onEveryEdge(
  "405 names every method of the path, OPTIONS answers with them, HEAD follows GET",
  buildUsers,
  async (client) => {
    const refused = await client.fetch("/users/me", { method: "PUT" });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get("allow"), "DELETE, GET, HEAD, OPTIONS");
    const options = await client.fetch("/users/me", { method: "OPTIONS" });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get("allow"), "DELETE, GET, HEAD, OPTIONS");
    const head = await client.fetch("/users/me", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    const query = await client.fetch("/search", { method: "QUERY" });
    assert.deepEqual(await query.json(), { route: "search" });
  },
);

onEveryEdge("text that no converter takes is a 422 that names the parameter", buildWait, async (client) => {
  const answer = await client.fetch("/wait/abc");
  assert.equal(answer.status, 422);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const problem = (await answer.json()) as { errors: unknown };
  assert.deepEqual(problem.errors, [
    { in: "path", pointer: "/seconds", code: "converter", message: "must be an integer" },
  ]);
});

function buildWait(): App {
  const app = new App(silent);
  app.get("/wait/{seconds:int}", ({ path }) => path);
  return app;
}

onEveryEdge("broken percent-encoding is a 400", buildUsers, async (client, edge) => {
  // The platform's own URL parser leaves these as they are.
  for (const path of ["/users/%", "/users/%zz", "/users/%ff"]) {
    assert.equal((await client.fetch(path)).status, 400, `${path} ${edge}`);
  }
});

onEveryEdge(
  "a 404 names the nearest route in development and none in production",
  () => buildHinting("development"),
  async (client) => {
    const problem = (await (await client.fetch("/ietms")).json()) as { detail: string };
    assert.match(problem.detail, /nearest is \/items/);
    const production = await testClient(buildHinting("production"));
    const silentProblem = (await (await production.fetch("/ietms")).json()) as { detail: string };
    assert.doesNotMatch(silentProblem.detail, /items/);
    await production.close();
  },
);

function buildHinting(mode: "development" | "production"): App {
  const app = new App({ ...silent, mode });
  app.get("/items", () => []);
  return app;
}

function buildNested(): App {
  const day: Converter<Date> = {
    parse: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(text) : undefined),
    format: (value) => value.toISOString().slice(0, 10),
    schema: { type: "string", format: "date" },
    expected: "a date",
  };
  const inner = new Router({ prefix: "/posts", converters: { day } });
  inner.get("/", ({ path }) => ({ route: "posts", ...path }));
  inner.get("/on/{day:day}", ({ path }) => ({ route: "on", year: path.day.getUTCFullYear() }));
  const outer = new Router({ prefix: "/users/{user:int}", tags: ["users"] });
  outer.include(inner);
  const app = new App(silent);
  app.include(outer, { prefix: "/api" });
  app.include(inner, { prefix: "/second" });
  return app;
}

onEveryEdge(
  "routers nest, with prefixes, converters of their own and more than one place",
  buildNested,
  async (client) => {
    assert.deepEqual(await (await client.fetch("/api/users/5/posts")).json(), { route: "posts", user: 5 });
    assert.deepEqual(await (await client.fetch("/api/users/5/posts/on/2026-11-22")).json(), {
      route: "on",
      year: 2026,
    });
    assert.deepEqual(await (await client.fetch("/second/posts")).json(), { route: "posts" });
    assert.equal((await client.fetch("/posts")).status, 404);
  },
);

function buildMounted(): App {
  const admin = new App({ ...silent, title: "Admin" });
  admin.get("/", ({ request }) => ({ route: "root", mountPath: request.mountPath, path: request.path }));
  admin.get("/users/{id:int}", ({ path }) => ({ route: "admin user", id: path.id }));
  admin.get("/boom", () => {
    throw new Error("inside");
  });
  const app = new App(silent);
  app.get("/admin/health-check", () => ({ route: "outer" }));
  app.mount("/admin", admin);
  return app;
}

onEveryEdge(
  "a mounted app answers below its prefix with its own documentation and errors",
  buildMounted,
  async (client) => {
    const read = async (path: string): Promise<unknown> => (await client.fetch(path)).json();
    assert.deepEqual(await read("/admin"), { route: "root", mountPath: "/admin", path: "/" });
    assert.deepEqual(await read("/admin/"), { route: "root", mountPath: "/admin", path: "/" });
    assert.deepEqual(await read("/admin/users/3"), { route: "admin user", id: 3 });
    assert.deepEqual(await read("/%61dmin/users/3"), { route: "admin user", id: 3 });
    assert.deepEqual(await read("/admin/health-check"), { route: "outer" });
    assert.equal((await client.fetch("/admin/users/x")).status, 422);
    assert.equal((await client.fetch("/admin/boom")).status, 500);
    const document = (await read("/admin/openapi.json")) as {
      info: { title: string };
      servers: unknown;
      paths: object;
    };
    assert.equal(document.info.title, "Admin");
    assert.deepEqual(document.servers, [{ url: "/admin" }]);
    assert.ok("/users/{id}" in document.paths);
  },
);

test("a route can be turned back into its path", async () => {
  const inner = new Router({ prefix: "/files" });
  const readFile = inner.get("/{user:int}/{name}", () => null);
  const app = new App(silent);
  app.include(inner, { prefix: "/api" });
  const stranger = new Router().get("/x", () => null);
  assert.throws(() => app.urlFor(readFile, { user: 1, name: "a" }), { code: "APUS_UNKNOWN_OPERATION" });
  await app.start();
  assert.equal(app.urlFor(readFile, { user: 1, name: "a/b c" }), "/api/files/1/a%2Fb%20c");
  assert.throws(() => app.urlFor(stranger), { code: "APUS_UNKNOWN_OPERATION" });
  // @ts-expect-error -- a parameter is missing, which the types say as well
  assert.throws(() => app.urlFor(readFile, { user: 1 }), { code: "APUS_URL_PARAMETER" });
  await app.stop();
});

test("two apps in one process do not know of each other", async () => {
  const shared = new Router();
  shared.get("/shared", () => "shared");
  const one = new App(silent);
  const two = new App(silent);
  one.include(shared);
  one.get("/one", () => "one");
  await one.start();
  two.include(shared);
  two.get("/two", () => "two");
  await using first = await testClient(one);
  await using second = await testClient(two);
  assert.equal((await first.fetch("/two")).status, 404);
  assert.equal((await second.fetch("/one")).status, 404);
  assert.equal((await first.fetch("/shared")).status, 200);
  assert.equal((await second.fetch("/shared")).status, 200);
});

test("wrong declarations end the start with an error that names the places", async (t) => {
  const start = (declare: (app: App) => void): Promise<void> => {
    const app = new App(silent);
    declare(app);
    return app.start();
  };
  await t.test("a route twice", async () => {
    const twice = start((app) => {
      app.get("/a/{x}", () => 1);
      app.get("/a/{y}", () => 2);
    });
    await assert.rejects(twice, {
      code: "APUS_DUPLICATE_ROUTE",
      message: /routing\.test\.ts:\d+.*routing\.test\.ts:\d+/s,
    });
  });
  await t.test("an unknown converter", () => {
    assert.throws(() => new App(silent).get("/a/{x:integer}", () => 1), {
      code: "APUS_UNKNOWN_CONVERTER",
      message: /int/,
    });
  });
  await t.test("a template that cannot be read", () => {
    assert.throws(() => new App(silent).get("/a/{x", () => 1), { code: "APUS_BAD_TEMPLATE" });
    assert.throws(() => new App(silent).get("a", () => 1), { code: "APUS_BAD_TEMPLATE" });
  });
  await t.test("a router that includes itself", async () => {
    const cyclic = start((app) => {
      const one = new Router();
      const two = new Router();
      one.include(two);
      two.include(one);
      app.include(one);
    });
    await assert.rejects(cyclic, { code: "APUS_ROUTER_CYCLE" });
  });
  await t.test("a route that comes too late", async () => {
    const app = new App(silent);
    const router = new Router();
    app.include(router);
    await app.start();
    assert.throws(() => app.get("/late", () => 1), { code: "APUS_FROZEN" });
    assert.throws(() => router.get("/late", () => 1), { code: "APUS_FROZEN" });
    assert.throws(
      () =>
        app.lifespan(async function* () {
          yield;
        }),
      { code: "APUS_FROZEN" },
    );
    await app.stop();
  });
});
