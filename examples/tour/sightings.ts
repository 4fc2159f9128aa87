/** Birds that were seen, in a SQLite database in memory: written in a transaction, read page by page. */

import { fail, Router } from "apus";
import { database, isUniqueViolation, page, pageQuery, session } from "apus/sql";
import type { Generated } from "kysely";
import { z } from "zod";

interface Tables {
  sighting: { id: Generated<number>; bird: string; count: number };
}

const db = database<Tables>({ url: "sqlite::memory:", migrations: new URL("./migrations/", import.meta.url) });
const own = session(db);
const paging = pageQuery({ defaultSize: 10 });

const NewSighting = z.object({ bird: z.string().min(1).max(100), count: z.int().min(1) });
export const Sighting = NewSighting.extend({ id: z.int() });
const SightingPage = z.object({ items: z.array(Sighting), next: z.string().optional() });

export const sightings = new Router({ prefix: "/sightings", tags: ["sql"] });

export const addSightings = sightings.post(
  "/",
  {
    summary: "Add sightings, all or none",
    use: { own },
    body: z.array(NewSighting).min(1).max(100),
    response: z.array(Sighting),
    status: 201,
    errors: { 409: "A bird is in the list already" },
  },
  async ({ body, own: birds }) => {
    const added: z.infer<typeof Sighting>[] = [];
    try {
      for (const sighting of body) {
        added.push(await birds.insertInto("sighting").values(sighting).returningAll().executeTakeFirstOrThrow());
      }
    } catch (error) {
      if (isUniqueViolation(error)) fail(409, `${body[added.length]?.bird} is in the list already.`);
      throw error;
    }
    return added;
  },
);

export const listSightings = sightings.get(
  "/",
  { use: { db, paging }, response: SightingPage },
  ({ db: birds, paging: { size, cursor } }) => {
    const found = birds.selectFrom("sighting").selectAll();
    return page(found, { by: ["count desc", "id"], size, cursor, secret: "of the tour, and so no secret" });
  },
);
