/** docs/session.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App, createMemorySessionStore, session } from "apus";
import { testClient } from "apus/testing";
import { app, createSharedStore, olderSecret, rotated, type Cache } from "./session.ts";

const headers = { "content-type": "application/json" };

describe("docs/session.md", () => {
  test("login and logout", async () => {
    // #region test
    await using client = await testClient(app);
    assert.equal((await client.fetch("/me")).status, 401);
    const body = JSON.stringify({ user: "ada", password: "right" });
    await client.fetch("/login", { method: "POST", headers, body });
    assert.deepEqual(await (await client.fetch("/me")).json(), { user: "ada" });
    // #endregion test
    await client.fetch("/logout", { method: "POST" });
    assert.equal((await client.fetch("/me")).status, 401);
    const wrong = JSON.stringify({ user: "ada", password: "wrong" });
    assert.equal((await client.fetch("/login", { method: "POST", headers, body: wrong })).status, 401);
  });

  test("older keys", async () => {
    const shop = new App({ log: false });
    const before = session({ keys: olderSecret });
    shop.get("/before", { use: { before } }, (input) => input.before.set("a", 1));
    shop.get("/", { use: { rotated } }, (input) => input.rotated.data);
    await using client = await testClient(shop);
    await client.fetch("/before");
    const answer = await client.fetch("/");
    assert.deepEqual(await answer.json(), { a: 1 });
    assert.equal(answer.headers.getSetCookie().length, 1);
  });

  test("stores", async () => {
    const kept = new Map<string, { value: string; expires: number }>();
    const cache: Cache = {
      get: async (key) => kept.get(key),
      set: async (key, value, { expires, onlyIfThere }) => {
        if (!onlyIfThere || kept.has(key)) kept.set(key, { value, expires });
      },
      remove: async (key) => void kept.delete(key),
    };
    for (const store of [createMemorySessionStore({ maxSessions: 10 }), createSharedStore(cache)]) {
      const shop = new App({ log: false });
      const ownSession = session({ store, maxAge: 3600, lifetime: 86_400, cookie: { sameSite: "strict" } });
      shop.get("/", { use: { ownSession } }, (input) => {
        const count = Number(input.ownSession.get("count") ?? 0) + 1;
        input.ownSession.set("count", count);
        return count;
      });
      await using client = await testClient(shop);
      await client.fetch("/");
      assert.equal(await (await client.fetch("/")).text(), "2");
      assert.match(client.cookies.get("__Host-session") ?? "", /^[\w-]{43}$/);
    }
    assert.equal(kept.size, 1);
  });
});
