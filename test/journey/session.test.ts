/** Sessions in whole apps: login and logout, failures, streams, other tabs, and the documentation. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, createMemorySessionStore, dependency, fail, redirect, session, type SessionOptions } from "apus";
import { testClient } from "apus/testing";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

const keys = "0123456789abcdef0123456789abcdef";
const schema = z.object({ user: z.string(), visits: z.int().optional() }).partial();

function buildApp(options: Pick<SessionOptions, "keys" | "store">): App {
  const app = new App({ log: false });
  const own = session({ ...options, schema });
  const user = dependency({ name: "user", use: { own } }, (input) => input.own.get("user") ?? fail(401));
  app.post("/login", { use: { own }, body: z.object({ user: z.string().min(1) }) }, (input) => {
    input.own.regenerate();
    input.own.set("user", input.body.user);
  });
  app.post("/logout", { use: { own } }, (input) => {
    input.own.destroy();
    return redirect("/");
  });
  app.get("/me", { use: { user } }, (input) => ({ user: input.user }));
  app.get("/visits", { use: { own } }, (input) => {
    const visits = (input.own.get("visits") ?? 0) + 1;
    input.own.set("visits", visits);
    return new Response(String(visits), { headers: { "set-cookie": "theme=dark" } });
  });
  app.post("/refused", { use: { own } }, (input) => {
    input.own.set("user", "mallory");
    return fail(409);
  });
  app.post("/unfit", { use: { own } }, (input) => {
    input.own.set("visits", 1.5);
  });
  app.get("/stream", { use: { own } }, async function* (input) {
    input.own.set("user", "early");
    yield 1;
    let code = "none";
    try {
      input.own.set("user", "late");
    } catch (error) {
      code = (error as { code: string }).code;
    }
    yield code;
  });
  app.get("/", () => "open");
  return app;
}

const kinds: Readonly<Record<string, () => App>> = {
  cookie: () => buildApp({ keys }),
  store: () => buildApp({ store: createMemorySessionStore() }),
};

const json = { "content-type": "application/json" };

for (const [kind, build] of Object.entries(kinds)) {
  onEveryEdge(`${kind}: from login to logout`, build, async (client) => {
    const read = async (): Promise<number> => (await client.fetch("/me")).status;
    assert.equal(await read(), 401);
    const login = await client.fetch("/login", { method: "POST", headers: json, body: '{"user":"ada"}' });
    assert.equal(login.status, 204);
    assert.equal(login.headers.getSetCookie().length, 1);
    assert.equal(login.headers.get("cache-control"), "no-store");
    assert.equal(login.headers.get("vary"), "cookie");
    const answer = await client.fetch("/me");
    assert.deepEqual(await answer.json(), { user: "ada" });
    assert.deepEqual(answer.headers.getSetCookie(), []);
    const logout = await client.fetch("/logout", { method: "POST", redirect: "manual" });
    assert.match(logout.headers.getSetCookie()[0] ?? "", /^__Host-session=; .*Max-Age=0/);
    assert.equal(await read(), 401);
    const open = await client.fetch("/");
    assert.equal(open.headers.get("vary"), null);
  });

  onEveryEdge(`${kind}: it counts, beside the cookies of a platform Response`, build, async (client) => {
    for (const expected of ["1", "2", "3"]) {
      const answer = await client.fetch("/visits");
      assert.equal(await answer.text(), expected);
      assert.equal(answer.headers.getSetCookie().length, 2);
    }
  });

  onEveryEdge(`${kind}: what fails leaves it as it was`, build, async (client) => {
    await client.fetch("/visits");
    const outcomes: readonly (readonly [string, number])[] = [
      ["/refused", 409],
      ["/unfit", 500],
      ["/login", 422],
    ];
    for (const [path, status] of outcomes) {
      const answer = await client.fetch(path, { method: "POST", headers: json, body: "{}" });
      assert.equal(answer.status, status, path);
      assert.deepEqual(answer.headers.getSetCookie(), []);
      assert.equal((await client.fetch("/me")).status, 401);
    }
    assert.equal(await (await client.fetch("/visits")).text(), "2");
  });

  onEveryEdge(`${kind}: a stream may change it before its first item only`, build, async (client) => {
    const answer = await client.fetch("/stream");
    assert.match(await answer.text(), /APUS_HEAD_SENT/);
    assert.deepEqual(await (await client.fetch("/me")).json(), { user: "early" });
  });

  onEveryEdge(`${kind}: a forged or cut cookie is no session`, build, async (client) => {
    await client.fetch("/login", { method: "POST", headers: json, body: '{"user":"ada"}' });
    const value = client.cookies.get("__Host-session") ?? "";
    assert.match(value, /^[\w-]{43,}$/);
    for (const cookie of [value.slice(1), `${value}A`, "x", "%", ""]) {
      const answer = await client.fetch("/me", { headers: { cookie: `__Host-session=${cookie}` } });
      assert.equal(answer.status, 401, cookie);
    }
    const two = `__Host-session=${value}; __Host-session=x`;
    assert.equal((await client.fetch("/me", { headers: { cookie: two } })).status, 200);
  });
}

test("a session that somebody handed on is worth nothing after the login", async () => {
  await using client = await testClient(buildApp({ store: createMemorySessionStore() }));
  await client.fetch("/visits");
  const cookie = `__Host-session=${client.cookies.get("__Host-session")}`;
  await client.fetch("/login", { method: "POST", headers: json, body: '{"user":"ada"}' });
  assert.equal((await client.fetch("/me", { headers: { cookie } })).status, 401);
  assert.equal((await client.fetch("/me")).status, 200);
});

test("it is documented as a key in a cookie that nobody has to have", async () => {
  await using client = await testClient(buildApp({ keys }));
  const document = (await (await client.fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, { security?: unknown }>>;
    components: { securitySchemes: unknown };
  };
  assert.deepEqual(document.components.securitySchemes, {
    session: { type: "apiKey", in: "cookie", name: "__Host-session" },
  });
  assert.deepEqual(document.paths["/login"]?.["post"]?.security, [{ session: [] }, {}]);
  assert.equal(document.paths["/"]?.["get"]?.security, undefined);
});

test("another session stands in for it in tests", async () => {
  const app = new App({ log: false });
  const own = session({ keys });
  app.get("/", { use: { own } }, (input) => input.own.data);
  await using client = await testClient(app);
  using _replaced = app.override(own, {
    isNew: false,
    data: { user: "ada" },
    get: () => "ada",
    set: () => {},
    delete: () => {},
    clear: () => {},
    regenerate: () => {},
    destroy: () => {},
  });
  assert.deepEqual(await (await client.fetch("/")).json(), { user: "ada" });
});
