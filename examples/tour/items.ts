/** Items in memory: create, read, update, list and delete, with typed inputs, outputs and errors. */

import { empty, fail, Router } from "apus";
import { z } from "zod";

// #region schemas
export const NewItem = z.object({
  name: z.string().min(1).max(100),
  price: z.number().positive(),
  tags: z.array(z.string()).default([]),
});

export const Item = NewItem.extend({ id: z.int().positive() });

export const NoSuchItem = z.object({ id: z.int() });
// #endregion schemas

const ItemChange = z.object({
  name: NewItem.shape.name.exactOptional(),
  price: NewItem.shape.price.exactOptional(),
  tags: z.array(z.string()).exactOptional(),
});

const ListQuery = z.object({
  tag: z.string().optional(),
  limit: z.int().min(1).max(100).default(20),
  offset: z.int().min(0).default(0),
});

const rows = new Map<number, z.infer<typeof Item>>();
let lastId = 0;

// #region router
export const items = new Router({ prefix: "/items", tags: ["items"] });

export const createItem = items.post("/", { body: NewItem, response: Item, status: 201 }, ({ body, response }) => {
  lastId += 1;
  const item = { ...body, id: lastId };
  rows.set(item.id, item);
  response.setHeader("location", `/items/${item.id}`);
  return item;
});

export const readItem = items.get("/{id:int}", { response: Item, errors: { 404: NoSuchItem } }, ({ path }) => {
  return rows.get(path.id) ?? fail(404, { detail: `There is no item ${path.id}.`, id: path.id });
});
// #endregion router

export const listItems = items.get("/", { query: ListQuery, response: z.array(Item) }, ({ query }) => {
  const { tag, limit, offset } = query;
  const found = [...rows.values()].filter((item) => tag === undefined || item.tags.includes(tag));
  return found.slice(offset, offset + limit);
});

export const updateItem = items.patch(
  "/{id:int}",
  { body: ItemChange, response: Item, errors: { 404: NoSuchItem } },
  ({ path, body }) => {
    const item = rows.get(path.id) ?? fail(404, { detail: `There is no item ${path.id}.`, id: path.id });
    const updated = { ...item, ...body };
    rows.set(item.id, updated);
    return updated;
  },
);

export const deleteItem = items.delete("/{id:int}", { errors: { 404: NoSuchItem } }, ({ path }) => {
  if (!rows.delete(path.id)) fail(404, { detail: `There is no item ${path.id}.`, id: path.id });
  return empty();
});

/** Takes every item away, for tests. */
export function clearItems(): void {
  rows.clear();
}
