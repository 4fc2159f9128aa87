/** Stocktaking: what is there of each product, and what was sold. */

import { Router } from "apus";
import { z } from "zod";
import { staff } from "./accounts.ts";
import { db } from "./database.ts";

const Row = z.object({ sku: z.string(), stock: z.int(), sold: z.int() });

export const stocktaking = new Router({ tags: ["products"] });

/** One statement, so that both numbers are of the same moment; row by row, however many there are. */
export const takeStock = stocktaking.get("/stock", { use: { staff, db }, lines: Row }, ({ db: shop }) =>
  shop
    .selectFrom("products")
    .select((build) => [
      "products.sku",
      "products.stock",
      build
        .selectFrom("orderItems")
        .innerJoin("orders", "orders.id", "orderItems.orderId")
        .select((inner) => inner.fn.coalesce(inner.fn.sum<number>("orderItems.count"), inner.val(0)).as("sold"))
        .whereRef("orderItems.sku", "=", "products.sku")
        .where("orders.state", "<>", "cancelled")
        .$asScalar()
        .as("sold"),
    ])
    .orderBy("products.sku")
    .stream(100),
);
