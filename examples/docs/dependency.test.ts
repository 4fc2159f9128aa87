/** docs/dependency.md, run. */

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { App, dependency, HttpError, Router } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import * as api from "./dependency.ts";

const { account, app, told } = api;
const quiet = { log: false } as const;
const json = (body: unknown): RequestInit => ({
  method: "PUT",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});
const detailOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { detail?: string }).detail;

afterEach(() => void told.splice(0));

describe("docs/dependency.md", () => {
  test("a dependency's inputs are validated, documented and typed in the client", async () => {
    await using client = await testClient<typeof api>(app);
    assert.deepEqual(await client.get("/numbers", { query: { page: 2, size: 3 } }), [3, 4, 5]);
    assert.equal((await client.fetch("/numbers?page=0&size=x")).status, 422);
    const { paths } = (await app.openapi()) as unknown as {
      paths: Record<string, { get: { parameters: readonly { name: string }[] } }>;
    };
    assert.deepEqual(
      paths["/numbers"]?.get.parameters.map(({ name }) => name),
      ["page", "size"],
    );
  });

  test("app scope: opened at the start, closed at the end", async () => {
    {
      await using client = await testClient(app);
      assert.deepEqual(told, ["open"]);
      await client.fetch("/numbers");
    }
    assert.deepEqual(told, ["open", "close"]);
  });

  test("a transaction is committed before the answer, and rolled back by an error, which it may change", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/users/bob", json({ name: "Bob" }))).status, 200);
    assert.deepEqual(told.splice(0), ["open", "begin", "commit"]);
    const refused = await client.fetch("/users/bob", json({ name: "Bobby" }));
    assert.deepEqual([refused.status, await detailOf(refused)], [409, "bob is taken."]);
    assert.deepEqual(told, ["begin", "rollback"]);
  });

  test("around a router: every route has it; what two use runs once", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/internal/me", { headers: { "x-user": "ada" } });
    assert.equal(await answer.json(), "Ada");
    assert.deepEqual(told, ["open", "begin", "commit"]);
    assert.equal((await client.fetch("/internal/me", { headers: { "x-user": "eve" } })).status, 401);
  });

  test("optional: undefined without its inputs, 422 with wrong ones", async () => {
    await using client = await testClient(app);
    assert.equal(await (await client.fetch("/tenant")).json(), "none");
    assert.equal(await (await client.fetch("/tenant", { headers: { "x-tenant": "red" } })).json(), "red");
    assert.equal((await client.fetch("/tenant", { headers: { "x-tenant": "x" } })).status, 422);
  });

  test("scoped: the use says which scopes it needs", async () => {
    await using client = await testClient(app);
    const remove = (scopes: string): Promise<Response> =>
      client.fetch("/users/ada", { method: "DELETE", headers: { "x-scopes": scopes } });
    assert.equal((await remove("users:read users:write")).status, 200);
    const refused = await remove("users:read");
    assert.deepEqual([refused.status, await detailOf(refused)], [403, "The scope users:write is missing."]);
  });

  // #region override
  test("an admin sees the own name", async () => {
    await using client = await testClient(app);
    using _account = app.override(account, { name: "Grace", admin: true });
    const answer = await client.fetch("/internal/me");
    assert.equal(await answer.json(), "Grace");
  });
  // #endregion override

  test("an override: nothing of what it replaces runs, its inputs are not asked for, and it ends", async () => {
    await using client = await testClient(app);
    {
      using _one = app.override(account, { name: "Grace", admin: false });
      using _two = app.override(
        account,
        dependency(() => ({ name: "Hedy", admin: true })),
      );
      told.splice(0);
      assert.equal(await (await client.fetch("/internal/me")).json(), "Hedy");
      assert.deepEqual(told, []);
    }
    assert.equal((await client.fetch("/internal/me")).status, 422);
  });

  test("what lives as long as the app and is replaced before the start is not started", async () => {
    using _database = app.override(api.database, undefined as never);
    await using client = await testClient(app);
    await client.fetch("/numbers");
    assert.deepEqual(told, []);
  });
});

describe("docs/dependency.md, order and rules", () => {
  const order: string[] = [];
  const note = (name: string, options: object = {}) => dependency(options, () => void order.push(name));

  test("early ones, body, issues, the others", async () => {
    const site = new App(quiet);
    const security = { name: "token", scheme: { type: "http", scheme: "bearer" } };
    const key = dependency({ security }, ({ request }) => {
      order.push("scheme");
      if (request.headers.get("authorization") === undefined) throw new HttpError(401);
    });
    const early = note("early", { early: true });
    site.post("/", { body: z.object({ n: z.int() }), use: { late: note("late"), early, key } }, () =>
      order.push("handler"),
    );
    await using client = await testClient(site);
    const send = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
      client.fetch("/", { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
    assert.equal((await send("no JSON")).status, 401);
    assert.deepEqual(order.splice(0), ["early", "scheme"]);
    assert.equal((await send("{}", { authorization: "x" })).status, 422);
    assert.deepEqual(order.splice(0), ["early", "scheme"]);
    assert.equal((await send('{"n":1}', { authorization: "x" })).status, 200);
    assert.deepEqual(order.splice(0), ["early", "scheme", "late", "handler"]);
  });

  test("app, include, router, route; cache: false runs for every use", async () => {
    const site = new App({ ...quiet, use: [note("app")] });
    const router = new Router({ use: [note("router")] });
    const fresh = note("fresh", { cache: false });
    router.get("/", { use: { one: fresh, two: fresh, own: note("route") } }, () => "done");
    site.include(router, { use: [note("include")] });
    await using client = await testClient(site);
    await client.fetch("/");
    assert.deepEqual(order.splice(0), ["app", "include", "router", "fresh", "fresh", "route"]);
  });

  test("clean-up in reverse; an error that is swallowed ends the request nevertheless; a late failure is only logged", async () => {
    const site = new App(quiet);
    const swallowing = dependency(function* () {
      try {
        yield 1;
        order.push("one ends");
      } catch {
        order.push("swallowed");
      }
    });
    const two = dependency({ use: { swallowing } }, async function* () {
      yield 2;
      order.push("two ends");
      throw new Error("too late");
    });
    site.get("/fine", { use: { swallowing } }, () => "fine");
    site.get("/late", { use: { two } }, () => "fine");
    site.get("/broken", { use: { swallowing } }, (): string => {
      throw new HttpError(418);
    });
    {
      await using client = await testClient(site);
      assert.equal((await client.fetch("/broken")).status, 418);
      assert.deepEqual(order.splice(0), ["swallowed"]);
      assert.equal((await client.fetch("/late")).status, 200);
    }
    assert.deepEqual(order.splice(0), ["two ends", "swallowed"]);
  });

  test("a failure at the start of what lives as long as the app is a failure of the app's start", async () => {
    const site = new App(quiet);
    const opened = dependency({ scope: "app" }, async function* () {
      yield 1;
      order.push("ended again");
    });
    const unreachable = dependency({ scope: "app", use: { opened } }, async () => {
      throw new Error("no database");
    });
    site.get("/", { use: { unreachable } }, () => "never");
    await assert.rejects(site.start(), /no database/);
    assert.deepEqual(order.splice(0), ["ended again"]);
  });

  test("what does not need each other runs at the same time", async () => {
    const site = new App(quiet);
    const { promise, resolve } = Promise.withResolvers<string>();
    const one = dependency(() => promise);
    const two = dependency(async () => resolve("two has begun"));
    site.get("/", { use: { one, two } }, (input) => input.one);
    await using client = await testClient(site);
    assert.equal(await (await client.fetch("/")).json(), "two has begun");
  });

  test("a strict schema sees what belongs to others", async () => {
    const site = new App(quiet);
    const { paging } = api;
    site.get("/", { query: z.strictObject({ q: z.string() }), use: { paging } }, () => "never");
    await using client = await testClient(site);
    assert.equal((await client.fetch("/?q=a&page=2")).status, 422);
  });
});

test("an operation and a dependency each read their part of the body", async () => {
  await using client = await testClient<typeof api>(api.app);
  const invite = (body: object): Promise<Response> =>
    client.fetch("/invitations", {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  assert.equal((await invite({ email: "grace@example.com", inviter: "nobody" })).status, 422);
  const missing = (await (await invite({})).json()) as { errors: readonly { pointer: string }[] };
  assert.deepEqual(missing.errors.map(({ pointer }) => pointer).toSorted(), ["/email", "/inviter"]);
  const answer = await client.post("/invitations", { body: { email: "grace@example.com", inviter: "ada" } });
  assert.equal(answer, "Ada invites grace@example.com");
});
