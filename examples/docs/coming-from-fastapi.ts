/** The code of docs/coming-from-fastapi.md: a small shop, as a FastAPI user would write it. */

// #region shop
import { App, fail } from "apus";
import { z } from "zod";

export const app = new App({ title: "Shop" });

const Item = z.object({
  name: z.string().min(1),
  price: z.number().positive(),
  tags: z.array(z.string()).default([]),
});
const StoredItem = Item.extend({ id: z.int() });
const stored = new Map<number, z.infer<typeof StoredItem>>();

export const createItem = app.post("/items", { body: Item, response: StoredItem, status: 201 }, async ({ body }) => {
  const item = { ...body, id: stored.size + 1 };
  stored.set(item.id, item);
  return item;
});

export const readItem = app.get(
  "/items/{id:int}",
  { response: StoredItem, errors: { 404: "No such item" } },
  async ({ path }) => stored.get(path.id) ?? fail(404, "There is no such item."),
);

const Filter = z.object({
  tag: z.string().optional(),
  limit: z.int().min(1).max(100).default(20),
});

export const listItems = app.get(
  "/items",
  { query: Filter, response: z.array(StoredItem) },
  async ({ query: { tag, limit } }) => {
    const all = [...stored.values()];
    return all.filter((item) => tag === undefined || item.tags.includes(tag)).slice(0, limit);
  },
);

if (import.meta.main) await app.listen({ port: 8000 });
// #endregion shop
