/** The shop on SQLite, as it is started by `node examples/shop/app.ts`. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { tellStory } from "./story.ts";

test("the shop on SQLite", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "apus-shop-db-"));
  try {
    await tellStory(context, { databaseUrl: `sqlite:${join(folder, "shop.db")}`, isPrepared: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
