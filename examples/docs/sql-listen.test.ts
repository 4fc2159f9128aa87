/** docs/sql.md, its notifications run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { database, openDatabase } from "apus/sql";
import { testClient } from "apus/testing";
import { createTestDatabase, servicesFor } from "../../test/services.ts";
import type * as api from "./sql-listen.ts";
import { app, db } from "./sql-listen.ts";

const { skip } = servicesFor("postgres");

test("orders are told to who listens, once they are committed", { skip }, async () => {
  await using created = await createTestDatabase();
  const own = database<{ orders: { id: number } }>({ url: created.url });
  using _db = app.override(db, own);
  {
    await using opened = await openDatabase({ url: created.url });
    await opened.execute("create table orders (id integer primary key)");
  }
  await using client = await testClient<typeof api>(app);
  const told: string[] = [];
  for await (const { data } of await client.get("/orders")) {
    told.push(data);
    if (told.length === 1) await client.fetch("/orders/7", { method: "POST" });
    if (told.length === 2) break;
  }
  assert.deepEqual(told, ["listening", "7"]);
});
