/** Products: a list to search and to page through, and what is known of each. */

import { fail, Router } from "apus";
import { isUniqueViolation, page, pageQuery } from "apus/sql";
import type { Kysely } from "kysely";
import { z } from "zod";
import { staff } from "./accounts.ts";
import { db, work, type Tables } from "./database.ts";
import { findPrice, prices } from "./prices.ts";
import { settings } from "./settings.ts";

export const Sku = z.string().regex(/^[A-Z0-9-]{1,30}$/);
const NewProduct = z.object({ sku: Sku, name: z.string().trim().min(1).max(100), stock: z.int().min(0).max(1e9) });
export const Product = z.object({
  sku: z.string(),
  name: z.string(),
  stock: z.int(),
  imageType: z.string().nullable(),
});
const ProductPage = z.object({ items: z.array(Product), next: z.string().optional() });
const PricedProduct = Product.extend({ cents: z.int().nullable() });

const paging = pageQuery();
const search = z.object({ q: z.string().trim().max(100).default("") });

export const products = new Router({ prefix: "/products", tags: ["products"] });

export const createProduct = products.post(
  "/",
  { use: { staff, work }, body: NewProduct, response: Product, status: 201, errors: { 409: "The number is taken" } },
  async ({ body, work: shop, response }) => {
    response.setHeader("location", `/products/${body.sku}`);
    const words = `${body.name} ${body.sku}`.toLowerCase();
    try {
      return await shop
        .insertInto("products")
        .values({ ...body, words })
        .returningAll()
        .executeTakeFirstOrThrow();
    } catch (error) {
      if (isUniqueViolation(error)) fail(409, `${body.sku} is there already.`);
      throw error;
    }
  },
);

export const listProducts = products.get(
  "/",
  { use: { db, paging }, query: search, response: ProductPage },
  ({ query: { q }, paging: { size, cursor }, db: shop }) => {
    // What is searched for is no pattern.
    const pattern = `%${q.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const found = shop
      .selectFrom("products")
      .select(["sku", "name", "stock", "imageType"])
      .where(shop.sql<boolean>`words like ${pattern} escape '\\'`);
    return page(found, { by: ["name", "sku"], size, cursor, secret: settings.cursorSecret });
  },
);

export const readProduct = products.get(
  "/{sku}",
  { use: { db, prices }, response: PricedProduct, errors: { 404: "No such product" } },
  async ({ path: { sku }, db: shop, prices: client }) => {
    const product = (await findProduct(shop, sku)) ?? fail(404, "There is no such product.");
    return { ...product, cents: await findPrice(client, sku) };
  },
);

export function findProduct(shop: Kysely<Tables>, sku: string): Promise<Tables["products"] | undefined> {
  return shop.selectFrom("products").selectAll().where("sku", "=", sku).executeTakeFirst();
}
