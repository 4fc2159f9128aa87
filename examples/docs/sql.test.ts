/** docs/sql.md, run. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { database, openDatabase } from "apus/sql";
import { testClient } from "apus/testing";
import type * as api from "./sql.ts";
import { app, db, move, prepare, told, type Tables } from "./sql.ts";

const folder = mkdtempSync(join(tmpdir(), "apus-docs-sql-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const nest = { id: 1, name: "nest", stock: 2 };

describe("docs/sql.md", () => {
  test("a session is a transaction: its error takes everything back", async () => {
    await using client = await testClient<typeof api>(app);
    assert.deepEqual(await client.post("/products", { body: nest }), nest);
    const again = await client.post.outcome("/products", { body: { ...nest, id: 2 } });
    assert.equal(again.status, 409);
    for (const status of [204, 204, 409]) {
      assert.equal((await client.fetch("/products/1/sales", { method: "POST" })).status, status);
    }
    assert.deepEqual(await client.get("/report"), { products: [{ name: "nest", stock: 0 }], sales: 2 });
    assert.equal(await client.get("/count"), 1);
  });

  test("nested blocks are savepoints; hooks wait for the commit", async () => {
    await using client = await testClient<typeof api>(app);
    const body = [nest, { ...nest, id: 2 }, { id: 3, name: "egg", stock: 5 }];
    assert.deepEqual(await client.post("/imports", { body }), { taken: ["nest"] });
    assert.deepEqual(told.splice(0), ["2 are new"]);
    const items = (await (await client.fetch("/products/all")).text()).trim().split("\n");
    assert.equal(items.length, 2);
  });

  test("pages", async () => {
    await using client = await testClient<typeof api>(app);
    for (let id = 1; id <= 5; id += 1) await client.post("/products", { body: { id, name: `no ${id}`, stock: 7 } });
    const first = await client.get("/products");
    assert.deepEqual(
      first.items.map(({ id }) => id),
      [1, 2],
    );
    const next = await client.get("/products", { query: { cursor: first.next, size: 10 } });
    assert.deepEqual(
      next.items.map(({ id }) => id),
      [3, 4, 5],
    );
    assert.equal(next.next, undefined);
  });

  test("health", async () => {
    await using client = await testClient<typeof api>(app);
    assert.deepEqual(await client.get("/db"), { size: 1, idle: 1, busy: 0, waiting: 0 });
  });

  test("scripts open a database themselves", async () => {
    const url = `sqlite:${join(folder, "shop.db")}`;
    assert.equal(await prepare(url), 2);
    await using shop = await openDatabase<Tables>({ url });
    await shop.insertInto("product").values({ id: 2, name: "egg", stock: 4 }).execute();
    await move(shop, 1, 2);
    const rows = await shop.selectFrom("product").select("stock").orderBy("id").execute();
    assert.deepEqual(rows, [{ stock: 0 }, { stock: 7 }]);
  });

  // #region test
  test("an app on a database of its own", async () => {
    const memory = database<Tables>({ url: "sqlite::memory:", migrations: "examples/docs/migrations" });
    using _db = app.override(db, memory);
    await using client = await testClient<typeof api>(app);
    await client.post("/products", { body: { id: 1, name: "nest", stock: 1 } });
    assert.equal(await client.get("/count"), 1);
  });
  // #endregion test
});
