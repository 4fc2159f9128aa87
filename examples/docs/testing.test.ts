/** docs/testing.md, run. */

// #region typed
import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import * as notes from "./notes.ts";

const app = new App({ log: false }).include(notes);

test("a note can be created and read", async () => {
  await using client = await testClient<typeof notes>(app);
  const created = await client.post("/notes", { body: { text: "Buy tea" } });
  const found = await client.get("/notes/{id:int}", { path: { id: created.id } });
  assert.deepEqual(found, { id: 1, text: "Buy tea", done: false });
});
// #endregion typed

test("any request can be sent", async () => {
  // #region fetch
  await using client = await testClient(app, { headers: { "x-tenant": "red" } });
  const answer = await client.fetch("/notes", { method: "POST", body: "not JSON" });
  assert.equal(answer.status, 415);
  // #endregion fetch
});

test("errors are outcomes or rejections", async () => {
  // #region errors
  await using client = await testClient<typeof notes>(app);
  const outcome = await client.get.outcome("/notes/{id:int}", { path: { id: 99 } });
  assert.equal(outcome.status, 404);
  await assert.rejects(client.get("/notes/{id:int}", { path: { id: 99 } }), { name: "ClientError", status: 404 });
  // #endregion errors
});

test("a socket gives the same answers", async () => {
  // #region socket
  await using client = await testClient<typeof notes>(app, { socket: true });
  assert.match(client.baseUrl, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual(await client.delete("/notes"), undefined);
  assert.deepEqual(await client.get("/notes"), []);
  // #endregion socket
});

test("cookies and redirects are followed", async () => {
  const site = new App({ log: false });
  site.post("/login", ({ response }) => {
    response.setCookie("user", "ada");
    return new Response(null, { status: 303, headers: { location: "/me" } });
  });
  site.get("/me", ({ request }) => ({ cookie: request.headers.get("cookie") ?? null }));
  // #region cookies
  await using client = await testClient(site);
  const answer = await client.fetch("/login", { method: "POST" });
  assert.deepEqual(await answer.json(), { cookie: "user=ada" });
  assert.equal(client.cookies.get("user"), "ada");
  client.cookies.clear();
  // #endregion cookies
  assert.equal((await client.fetch("/login", { method: "POST", redirect: "manual" })).status, 303);
});
