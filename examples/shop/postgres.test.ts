/** The shop on PostgreSQL, prepared as for production. */

import { test } from "node:test";
import { createTestDatabase, servicesFor } from "../../test/services.ts";
import { tellStory } from "./story.ts";

test("the shop on PostgreSQL", { skip: servicesFor("postgres").skip }, async (context) => {
  await using database = await createTestDatabase();
  await tellStory(context, { databaseUrl: database.url, isPrepared: true });
});
