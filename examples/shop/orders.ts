/** Orders: what they take from the stock, what they cost, and what becomes of them. */

import { fail, Router } from "apus";
import { page, pageQuery } from "apus/sql";
import type { Kysely } from "kysely";
import { z } from "zod";
import { staff, user } from "./accounts.ts";
import { db, work, type OrderState, type Tables } from "./database.ts";
import { announce, bus } from "./order-news.ts";
import { prices, readPrices } from "./prices.ts";
import { Sku } from "./products.ts";
import { settings } from "./settings.ts";

export const State = z.enum(["placed", "packed", "sent", "delivered", "cancelled"]);
const Item = z.object({ sku: Sku, count: z.int().min(1).max(1_000) });
const NewOrder = z.object({
  items: z
    .array(Item)
    .min(1)
    .max(20)
    .refine((items) => new Set(listSkus(items)).size === items.length, "has a product twice"),
});
const OrderHead = z.object({ id: z.uuid(), account: z.string(), state: State, placedAt: z.int() });
export const Order = OrderHead.extend({ items: z.array(Item.extend({ cents: z.int() })), cents: z.int() });
const OrderPage = z.object({ items: z.array(OrderHead), next: z.string().optional() });
const OutOfStock = z.object({ sku: z.string(), left: z.int() });

const NextState = State.exclude(["placed"]);

/** From which states an order comes to each. */
const before: Readonly<Record<z.infer<typeof NextState>, readonly OrderState[]>> = {
  packed: ["placed"],
  sent: ["packed"],
  delivered: ["sent"],
  cancelled: ["placed", "packed"],
};

/** The database itself, or a transaction of it. */
type Shop = Kysely<Tables>;
type PricedItem = z.infer<typeof Item> & { readonly cents: number };

const paging = pageQuery();

export const orders = new Router({ prefix: "/orders", tags: ["orders"] });

export const placeOrder = orders.post(
  "/",
  {
    use: { user, prices, work, bus },
    body: NewOrder,
    response: Order,
    status: 201,
    errors: { 409: OutOfStock, 422: "No such product", 502: "The prices failed", 504: "The prices were too slow" },
  },
  async ({ body, user: { name }, prices: client, work: shop, bus: through, response }) => {
    // Before the first statement: while prices are awaited nothing is locked, and no connection is taken.
    const cents = await readPrices(client, listSkus(body.items));
    const items = priceItems(body.items, cents);
    const order = {
      id: crypto.randomUUID(),
      account: name,
      state: "placed",
      version: 1,
      placedAt: Date.now(),
    } as const;
    // In one order for all, so that two orders never wait for each other.
    for (const item of items.toSorted((one, other) => (one.sku < other.sku ? -1 : 1))) await takeFromStock(shop, item);
    await shop.insertInto("orders").values(order).execute();
    await shop
      .insertInto("orderItems")
      .values(items.map((item) => ({ ...item, orderId: order.id })))
      .execute();
    await keepEvent(shop, order);
    shop.afterCommit(() => announce(order.id, through));
    response.setHeader("location", `/orders/${order.id}`);
    return { ...order, items, cents: addUp(items) };
  },
);

export const listOrders = orders.get(
  "/",
  { use: { user, db, paging }, response: OrderPage },
  ({ user: { name }, db: shop, paging: { size, cursor } }) => {
    const own = shop.selectFrom("orders").select(["id", "account", "state", "placedAt"]).where("account", "=", name);
    return page(own, { by: ["placedAt desc", "id desc"], size, cursor, secret: settings.cursorSecret });
  },
);

export const readOrder = orders.get(
  "/{id:uuid}",
  { use: { user, db }, response: Order, errors: { 404: "No such order" } },
  async ({ path: { id }, user: reader, db: shop }) => {
    const order = await findOrder(shop, id, reader);
    const items = await shop.selectFrom("orderItems").selectAll().where("orderId", "=", id).orderBy("sku").execute();
    return { ...order, items, cents: addUp(items) };
  },
);

export const moveOrder = orders.patch(
  "/{id:uuid}",
  {
    use: { staff, work, bus },
    body: z.object({ state: NextState }),
    response: OrderHead,
    errors: { 404: "No such order", 409: "The order is in another state" },
  },
  async ({ path: { id }, body: { state }, staff: reader, work: shop, bus: through }) => {
    // Asked and changed by one statement: of two at the same time, the second finds what the first has made of it.
    const moved = await shop
      .updateTable("orders")
      .set((build) => ({ state, version: build("version", "+", 1) }))
      .where("id", "=", id)
      .where("state", "in", before[state])
      .returningAll()
      .executeTakeFirst();
    if (moved === undefined) {
      const { state: now } = await findOrder(shop, id, reader);
      return fail(409, `The order is ${now}: it cannot be ${state} now.`);
    }
    if (state === "cancelled") await putBack(shop, id);
    await keepEvent(shop, moved);
    shop.afterCommit(() => announce(id, through));
    return moved;
  },
);

/** An order for those who may see it. @throws HttpError 404 for everybody else */
export async function findOrder(
  shop: Shop,
  id: string,
  reader: Pick<Tables["accounts"], "name" | "role">,
): Promise<Tables["orders"]> {
  const order = await shop.selectFrom("orders").selectAll().where("id", "=", id).executeTakeFirst();
  if (order === undefined || (reader.role !== "staff" && order.account !== reader.name)) {
    return fail(404, "There is no such order.");
  }
  return order;
}

type Items = readonly z.infer<typeof Item>[];

const listSkus = (items: Items): string[] => items.map(({ sku }) => sku);

function priceItems(items: Items, cents: readonly (number | undefined)[]): PricedItem[] {
  return items.map((item, index) => ({ ...item, cents: cents[index] ?? fail(422, `${item.sku} is not sold.`) }));
}

const addUp = (items: readonly Pick<PricedItem, "count" | "cents">[]): number =>
  items.reduce((sum, { count, cents }) => sum + count * cents, 0);

async function takeFromStock(shop: Shop, { sku, count }: PricedItem): Promise<void> {
  const { numUpdatedRows } = await shop
    .updateTable("products")
    .set((build) => ({ stock: build("stock", "-", count) }))
    .where("sku", "=", sku)
    .where("stock", ">=", count)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n) return;
  const product = await shop.selectFrom("products").select("stock").where("sku", "=", sku).executeTakeFirst();
  if (product === undefined) fail(422, `There is no product ${sku}.`);
  fail(409, { detail: `There are only ${product.stock} of ${sku}.`, sku, left: product.stock });
}

async function putBack(shop: Shop, orderId: string): Promise<void> {
  const items = await shop.selectFrom("orderItems").selectAll().where("orderId", "=", orderId).orderBy("sku").execute();
  for (const { sku, count } of items) {
    await shop
      .updateTable("products")
      .set((build) => ({ stock: build("stock", "+", count) }))
      .where("sku", "=", sku)
      .execute();
  }
}

function keepEvent(shop: Shop, { id, version, state }: Tables["orders"]): Promise<unknown> {
  return shop.insertInto("orderEvents").values({ orderId: id, version, state, at: Date.now() }).execute();
}
