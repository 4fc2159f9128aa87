/** Notifications of PostgreSQL as events: docs/sql.md. */

import { App } from "apus";
import { database, session } from "apus/sql";
import { z } from "zod";

export const app = new App({ log: false });

const url = process.env["DATABASE_URL"] ?? "postgres://localhost/shop";
export const db = database<{ orders: { id: number } }>({ url });
const own = session(db);

// #region listen
export const placeOrder = app.post("/orders/{id:int}", { use: { own }, status: 204 }, async ({ path, own: shop }) => {
  await shop.insertInto("orders").values({ id: path.id }).execute();
  await shop.execute("select pg_notify('orders', $1)", [String(path.id)]);
});

export const orders = app.get("/orders", { use: { db }, events: z.string() }, async function* ({ db: shop }) {
  await using placed = shop.listen("orders");
  await placed.ready;
  yield "listening";
  for await (const { payload, isGap } of placed) yield isGap ? "reload" : payload;
});
// #endregion listen
