/** A shop: accounts, products, orders, on SQLite or PostgreSQL. Run it with `node examples/shop/app.ts`. */

import { App, fail } from "apus";
import * as accounts from "./accounts.ts";
import { db } from "./database.ts";
import * as images from "./images.ts";
import * as orderEvents from "./order-events.ts";
import * as orders from "./orders.ts";
import { priceService } from "./price-service.ts";
import { localPricesPort, prices } from "./prices.ts";
import * as products from "./products.ts";
import { settings } from "./settings.ts";
import * as stocktaking from "./stocktaking.ts";

export const app: App = new App({
  title: "Shop",
  version: "1.0.0",
  log: settings.logLevel === "silent" ? false : { level: settings.logLevel },
  use: [accounts.firstAccount],
});

for (const module of [accounts, products, images, orders, orderEvents, stocktaking]) app.include(module);

export const isReady = app.get("/ready", { use: { db }, tags: ["health"] }, async ({ db: shop }) => {
  if (!app.ready) fail(503, "The shop is closing.");
  await shop.check();
  return { status: "ready" };
});

/** Prices that fail close no shop: they are looked at here, and not in /ready. */
export const readStatus = app.get(
  "/status",
  { use: { staff: accounts.staff, db, prices }, tags: ["health"] },
  async ({ db: shop, prices: client }) => {
    const [database, upstream] = await Promise.allSettled([shop.check(), client.check()]);
    return {
      database: { isThere: database.status === "fulfilled", dialect: shop.dialect, ...shop.stats() },
      prices: { isThere: upstream.status === "fulfilled", ...client.stats() },
    };
  },
);

if (import.meta.main) {
  // It goes with the process.
  if (settings.pricesUrl === undefined) await priceService.listen({ port: localPricesPort, signals: false });
  const { url } = await app.listen({ port: settings.port });
  console.log(`${url}/docs: log in as staff`);
}
