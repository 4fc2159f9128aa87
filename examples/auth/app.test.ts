/** The story of the example: sign up, log in, read and write, refresh, log out; in process and through a socket. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { decodeJwt } from "jose";
import { testClient, type TestClient } from "apus/testing";
import { addAccount } from "./accounts.ts";
import type * as api from "./app.ts";
import { app } from "./app.ts";

type Client = TestClient<typeof api>;
type Pair = Awaited<ReturnType<typeof logIn>>;

const password = "correct horse battery";

before(async () => {
  await addAccount("root", password, "admin");
  await addAccount("edith", password, "editor");
});

const bear = ({ access_token: token }: Pair): { readonly headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}` },
});

async function logIn(client: Client, username: string, scope = "") {
  return client.post("/token", { form: { grant_type: "password", username, password, scope } });
}

const refresh = (client: Client, token: string): Promise<Response> =>
  client.fetch("/refresh", {
    method: "POST",
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token }),
  });

for (const socket of [false, true]) {
  const edge = socket ? "socket" : "process";

  test(`sign up, log in, and read what a reader may (${edge})`, async () => {
    await using client = await testClient<typeof api>(app, { socket });
    const name = `rita-${edge}`;
    assert.deepEqual(await client.post("/accounts", { body: { name, password } }), { name, role: "reader" });
    const again = await client.post.outcome("/accounts", { body: { name, password } });
    assert.ok(!again.ok && again.status === 409);
    const pair = await logIn(client, name);
    assert.equal(pair.scope, "notes:read");
    assert.deepEqual(await (await client.fetch("/me", bear(pair))).json(), { name, role: "reader" });
    assert.equal((await client.fetch("/notes", bear(pair))).status, 200);
    const refused = await client.fetch("/notes", { method: "POST", ...bear(pair) });
    assert.equal(refused.status, 403);
    assert.deepEqual(((await refused.json()) as { missing: unknown }).missing, ["notes:write"]);
    assert.equal((await client.fetch("/accounts", bear(pair))).status, 403);
  });

  test(`scopes are those of the role that were asked for (${edge})`, async () => {
    await using client = await testClient<typeof api>(app, { socket });
    assert.equal((await logIn(client, "edith")).scope, "notes:read notes:write");
    assert.equal((await logIn(client, "edith", "accounts notes:write")).scope, "notes:write");
    const editor = await logIn(client, "edith", "notes:write");
    const headers = { ...bear(editor).headers, "content-type": "application/json" };
    const written = await client.fetch("/notes", { method: "POST", headers, body: '{"text":"swift","by":"root"}' });
    assert.deepEqual(await written.json(), { text: "swift", by: "edith" });
    assert.equal((await client.fetch("/notes", bear(editor))).status, 403);
    const admin = await logIn(client, "root");
    const accounts = (await (await client.fetch("/accounts", bear(admin))).json()) as { name: string }[];
    assert.ok(accounts.some(({ name }) => name === "edith"));
    assert.doesNotMatch(JSON.stringify(accounts), /argon2/);
  });

  test(`a refresh token works once, and a copy of it ends the login (${edge})`, async () => {
    await using client = await testClient<typeof api>(app, { socket });
    const first = await logIn(client, "edith", "notes:read");
    const answer = await refresh(client, first.refresh_token);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const second = (await answer.json()) as Pair;
    assert.equal(second.scope, "notes:read");
    assert.equal((await client.fetch("/me", bear(second))).status, 200);
    const stolen = await refresh(client, first.refresh_token);
    assert.equal(stolen.status, 400);
    assert.equal(((await stolen.json()) as { error: string }).error, "invalid_grant");
    assert.equal((await refresh(client, second.refresh_token)).status, 400);
    assert.equal((await client.fetch("/me", bear(second))).status, 401);
    for (const token of ["", ".", "a.b", first.access_token.slice(0, 200)]) {
      assert.equal((await refresh(client, token)).status, 400, token);
    }
  });

  test(`after the logout nothing opens (${edge})`, async () => {
    await using client = await testClient<typeof api>(app, { socket });
    const pair = await logIn(client, "edith");
    const other = await logIn(client, "edith");
    assert.equal((await client.fetch("/logout", { method: "POST", ...bear(pair) })).status, 204);
    assert.equal((await client.fetch("/me", bear(pair))).status, 401);
    assert.equal((await refresh(client, pair.refresh_token)).status, 400);
    assert.equal((await client.fetch("/me", bear(other))).status, 200);
  });
}

test("neither a wrong password nor a wrong name is told apart", async () => {
  await using client = await testClient<typeof api>(app);
  const answers = [];
  for (const [username, sent] of [
    ["edith", "wrong"],
    ["nobody", password],
  ] as const) {
    const answer = await client.fetch("/token", {
      method: "POST",
      body: new URLSearchParams({ username, password: sent }),
    });
    assert.equal(answer.status, 400);
    answers.push(await answer.json());
  }
  assert.deepEqual(answers[0], answers[1]);
});

test("a refresh token opens nothing, and an access token says what it is for", async () => {
  await using client = await testClient<typeof api>(app);
  const pair = await logIn(client, "edith");
  assert.equal((await client.fetch("/me", bear({ ...pair, access_token: pair.refresh_token }))).status, 401);
  const { exp = 0, iat = 0, aud, iss, sub } = decodeJwt(pair.access_token);
  assert.deepEqual([exp - iat, aud, iss, sub], [900, "notes", "notes", "edith"]);
});

test("who guesses is slowed down", async () => {
  await using client = await testClient<typeof api>(app);
  const statuses = new Set<number>();
  for (let count = 0; count < 25; count += 1) {
    const body = new URLSearchParams({ username: "", password: "" });
    statuses.add((await client.fetch("/token", { method: "POST", body })).status);
  }
  assert.ok(statuses.has(429));
});

test("the documentation says where to log in, and what each door needs", async () => {
  await using client = await testClient<typeof api>(app);
  const document = (await (await client.fetch("/openapi.json")).json()) as any;
  assert.equal(document.components.securitySchemes.login.flows.password.tokenUrl, "/token");
  assert.deepEqual(document.paths["/notes"].post.security, [{ login: ["notes:write"] }]);
  assert.deepEqual(document.paths["/accounts"].get.security, [{ login: ["accounts"] }]);
  assert.equal(document.paths["/token"].post.security, undefined);
});
