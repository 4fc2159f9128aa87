/** A migration as docs/sql.md shows it, up and down. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "apus/sql";
import { down, up } from "./001-products.ts";

test("the first migration goes up and down", async () => {
  await using opened = await openDatabase({ url: "sqlite::memory:" });
  await up(opened);
  const [table] = await opened.introspection.getTables();
  assert.deepEqual(
    table?.columns.map(({ name }) => name),
    ["id", "name", "stock"],
  );
  await down(opened);
  assert.deepEqual(await opened.introspection.getTables(), []);
});
