/** Runs the code of docs/coming-from-fastapi.md and checks what the page says of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import * as shop from "./coming-from-fastapi.ts";

// #region test
test("an item can be created and read", async () => {
  await using client = await testClient<typeof shop>(shop.app);
  const item = await client.post("/items", { body: { name: "lamp", price: 5, tags: ["light"] } });
  assert.deepEqual(await client.get("/items/{id:int}", { path: { id: item.id } }), item);
});
// #endregion test

test("lists are filtered, and wrong inputs and missing items are told apart", async () => {
  await using client = await testClient<typeof shop>(shop.app);
  await client.post("/items", { body: { name: "chair", price: 9 } });
  assert.deepEqual(
    (await client.get("/items", { query: { tag: "light" } })).map(({ name }) => name),
    ["lamp"],
  );
  assert.equal((await client.get("/items", { query: { limit: 1 } })).length, 1);
  const missing = await client.get.outcome("/items/{id:int}", { path: { id: 99 } });
  assert.deepEqual([missing.status, missing.ok], [404, false]);
  const wrong = await client.fetch("/items?limit=many");
  assert.deepEqual([wrong.status, wrong.headers.get("content-type")], [422, "application/problem+json"]);
});
