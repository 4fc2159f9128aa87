/** docs/security.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hashPassword } from "apus";
import { testClient } from "apus/testing";
import { accounts, app, provider } from "./security.ts";

type Fetch = (path: string, authorization?: string, init?: RequestInit) => Promise<Response>;

async function withClient(run: (ask: Fetch) => Promise<void>): Promise<void> {
  await using client = await testClient(app);
  await run((path, authorization, init = {}) =>
    client.fetch(path, { ...init, headers: authorization === undefined ? {} : { authorization } }),
  );
}

const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

describe("docs/security.md", () => {
  test("bearer tokens, scopes and visitors", () =>
    withClient(async (ask) => {
      assert.deepEqual(await (await ask("/me", "Bearer reader")).json(), { user: "ann" });
      const missing = await ask("/me");
      assert.equal(missing.status, 401);
      assert.equal(missing.headers.get("www-authenticate"), "Bearer");
      const wrong = await ask("/me", "Bearer guess");
      assert.equal(wrong.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
      assert.equal((await ask("/items", "Bearer reader")).status, 200);
      const refused = await ask("/items", "Bearer reader", { method: "POST" });
      assert.equal(refused.status, 403);
      assert.deepEqual(((await refused.json()) as { missing: unknown }).missing, ["items:write"]);
      assert.equal((await ask("/items", "Bearer writer", { method: "POST" })).status, 200);
      assert.deepEqual(await (await ask("/greeting")).json(), { hello: "stranger" });
      assert.deepEqual(await (await ask("/greeting", "Bearer reader")).json(), { hello: "ann" });
      assert.equal((await ask("/greeting", "Bearer guess")).status, 401);
    }));

  test("keys, passwords and alternatives", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/internal/stats")).status, 401);
    assert.equal((await client.fetch("/internal/stats", { headers: { "x-api-key": "dev-key" } })).status, 200);
    const metrics = (text: string): Promise<Response> =>
      client.fetch("/metrics", { headers: { authorization: basicOf(text) } });
    assert.equal((await metrics("operator:dev-password")).status, 200);
    assert.equal((await metrics("operator:guess")).status, 401);
    const report = async (headers: Record<string, string>): Promise<unknown> =>
      (await client.fetch("/reports", { headers })).json();
    assert.deepEqual(await report({ authorization: "Bearer writer" }), { caller: "bob" });
    assert.deepEqual(await report({ "x-machine-key": "machine-key" }), { caller: "machine" });
    assert.equal((await client.fetch("/reports")).status, 401);
  });

  test("an account, a login, and what the token opens", () =>
    withClient(async (ask) => {
      const body = JSON.stringify({ username: "ann", password: "correct horse battery" });
      await using client = await testClient(app);
      const headers = { "content-type": "application/json" };
      assert.equal((await client.fetch("/accounts", { method: "POST", headers, body })).status, 201);
      accounts.set("eve", { hash: await hashPassword("a passphrase", { passes: 1, memory: 64 }), role: "staff" });
      const login = (username: string, password: string): Promise<Response> =>
        ask("/token", undefined, { method: "POST", body: new URLSearchParams({ username, password }) });
      for (const [username, password] of [
        ["ann", "wrong"],
        ["nobody", "correct horse battery"],
      ] as const) {
        const answer = await login(username, password);
        assert.equal(answer.status, 400);
        assert.equal(((await answer.json()) as { error: string }).error, "invalid_grant");
      }
      const granted = await login("eve", "a passphrase");
      assert.equal(granted.headers.get("cache-control"), "no-store");
      const { access_token: staff } = (await granted.json()) as { access_token: string };
      assert.match(accounts.get("eve")?.hash ?? "", /m=19456,t=2,p=1/);
      assert.deepEqual(await (await ask("/stock", `Bearer ${staff}`)).json(), { counted: 3, by: "eve" });
      const { access_token: customer } = (await (await login("ann", "correct horse battery")).json()) as {
        access_token: string;
      };
      assert.equal((await ask("/stock", `Bearer ${customer}`)).status, 403);
      assert.equal((await ask("/stock", `Bearer ${customer}x`)).status, 401);
    }));

  // #region override
  test("an order list, without a provider", async () => {
    await using client = await testClient(app);
    using _ = app.override(provider, { sub: "ann" });
    assert.deepEqual(await (await client.fetch("/orders")).json(), { orders: [], of: "ann" });
  });
  // #endregion override

  test("what is documented", async () => {
    await using client = await testClient(app);
    const document = (await (await client.fetch("/openapi.json")).json()) as any;
    assert.deepEqual(Object.keys(document.components.securitySchemes).toSorted(), [
      "basic",
      "bearer",
      "login",
      "provider",
      "visitor",
      "x-api-key",
      "x-machine-key",
    ]);
    assert.deepEqual(document.paths["/reports"].get.security, [{ bearer: [] }, { "x-machine-key": [] }]);
    assert.deepEqual(document.paths["/greeting"].get.security, [{ visitor: [] }, {}]);
    assert.deepEqual(document.paths["/orders"].get.security, [{ provider: ["orders:read"] }]);
  });
});
