/** docs/operation.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import type * as api from "./operation.ts";
import { app, countBooks, searchBooks } from "./operation.ts";

describe("docs/operation.md", () => {
  test("gives the handler its typed inputs and strips what it returns", async () => {
    await using client = await testClient<typeof api>(app);
    const found = await client.get("/books", { query: { q: "Left" } });
    assert.deepEqual(found, [{ isbn: "2", title: "The Left Hand of Darkness", price: 11 }]);
    const answer = await client.fetch("/books?q=The&limit=1");
    assert.equal(answer.headers.get("x-total-count"), "2");
    assert.equal((await client.fetch("/books?q=T")).status, 422);
    assert.deepEqual(await client.get("/books/count"), { count: 2 });
  });

  test("is a value", () => {
    // #region value
    assert.equal(searchBooks.method, "GET");
    assert.equal(searchBooks.path, "/books");
    assert.equal(searchBooks.options.summary, "Search the catalogue");
    assert.match(searchBooks.declaredAt, /operation\.ts:\d+$/);
    // #endregion value
    assert.equal(countBooks.path, "/books/count");
  });

  test("a HEAD is answered by the GET, an OPTIONS and a 405 name the methods", async () => {
    await using client = await testClient(app);
    const head = await client.fetch("/books/count", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    const options = await client.fetch("/books/count", { method: "OPTIONS" });
    assert.deepEqual([options.status, options.headers.get("allow")], [204, "GET, HEAD, OPTIONS"]);
    const wrong = await client.fetch("/books/count", { method: "POST" });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  });
});
