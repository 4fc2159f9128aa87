/** A database behind an app: docs/sql.md. */

import { App, fail } from "apus";
import {
  database,
  isUniqueViolation,
  migrate,
  openDatabase,
  page,
  pageQuery,
  session,
  transaction,
  type Database,
  type SqlSession,
} from "apus/sql";
import { z } from "zod";

export const app = new App({ log: false });

/** What was told after a commit, in order. */
export const told: string[] = [];

const url = process.env["SHOP_URL"] ?? "sqlite::memory:";
const migrations = new URL("./migrations/", import.meta.url);
const cursorSecret = "cursors are signed with this one";

// #region declare
export interface Tables {
  product: { id: number; name: string; stock: number };
  sale: { product: number; amount: number };
}

export const db = database<Tables>({ url, migrations });
export const own = session(db);
// #endregion declare

// #region use
const Product = z.object({ id: z.int(), name: z.string(), stock: z.int() });

export const putProduct = app.post(
  "/products",
  { body: Product, response: Product, status: 201, use: { own }, errors: { 409: "The name is taken." } },
  async ({ body, own: shop }) => {
    try {
      return await shop.insertInto("product").values(body).returningAll().executeTakeFirstOrThrow();
    } catch (error) {
      if (isUniqueViolation(error)) fail(409, `${body.name} is there already.`);
      throw error;
    }
  },
);

export const sell = app.post("/products/{id:int}/sales", { use: { own }, status: 204 }, async ({ path, own: shop }) => {
  const sold = await shop
    .updateTable("product")
    .set((build) => ({ stock: build("stock", "-", 1) }))
    .where("id", "=", path.id)
    .where("stock", ">", 0)
    .executeTakeFirstOrThrow();
  if (sold.numUpdatedRows === 0n) fail(409, "Sold out.");
  await shop.insertInto("sale").values({ product: path.id, amount: 1 }).execute();
});
// #endregion use

// #region transaction
const snapshot = transaction(db, { isolation: "repeatable read", readOnly: true });

export const report = app.get("/report", { use: { snapshot } }, async ({ snapshot: shop }) => {
  const products = await shop.selectFrom("product").select(["name", "stock"]).orderBy("name").execute();
  const sales = await shop
    .selectFrom("sale")
    .select((build) => build.fn.countAll<number>().as("count"))
    .execute();
  return { products, sales: sales[0]?.count ?? 0 };
});
// #endregion transaction

// #region block
export async function move(shop: Database<Tables>, from: number, to: number): Promise<void> {
  await shop.transaction(
    async (moving) => {
      const { stock } = await moving
        .selectFrom("product")
        .select("stock")
        .where("id", "=", from)
        .executeTakeFirstOrThrow();
      await moving.updateTable("product").set({ stock: 0 }).where("id", "=", from).execute();
      await moving
        .updateTable("product")
        .set((build) => ({ stock: build("stock", "+", stock) }))
        .where("id", "=", to)
        .execute();
    },
    { isolation: "serializable" },
  );
}
// #endregion block

// #region nested
export const importProducts = app.post(
  "/imports",
  { body: z.array(Product), use: { own }, response: z.object({ taken: z.array(z.string()) }) },
  async ({ body, own: shop }) => {
    const taken: string[] = [];
    for (const product of body) {
      try {
        await shop.transaction((one) => one.insertInto("product").values(product).execute());
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        taken.push(product.name);
      }
    }
    shop.afterCommit(() => told.push(`${body.length - taken.length} are new`));
    return { taken };
  },
);
// #endregion nested

// #region text
export async function countRows(shop: SqlSession, table: "product" | "sale"): Promise<number> {
  const { rows } = await shop.execute(`select count(*) as total from ${table}`);
  return Number(rows[0]?.["total"]);
}
// #endregion text
export const countProducts = app.get("/count", { use: { own } }, (input) => countRows(input.own, "product"));

// #region stream
export const all = app.get("/products/all", { use: { db } }, async function* ({ db: shop }) {
  yield* shop.selectFrom("product").selectAll().orderBy("id").stream(100);
});
// #endregion stream

// #region page
const paging = pageQuery({ defaultSize: 2, maxSize: 100 });

export const listProducts = app.get("/products", { use: { db, paging } }, ({ db: shop, paging: { size, cursor } }) => {
  const products = shop.selectFrom("product").selectAll().where("stock", ">", 0);
  return page(products, { by: ["stock desc", "id"], size, cursor, secret: cursorSecret });
});
// #endregion page

// #region health
export const ready = app.get("/db", { use: { db }, tags: ["health"] }, async ({ db: shop }) => {
  await shop.check(); // or 503
  return shop.stats(); // { size, idle, busy, waiting }
});
// #endregion health

// #region script
export async function prepare(address: string): Promise<number> {
  await using shop = await openDatabase<Tables>({ url: address });
  const steps = await migrate(shop, { folder: migrations });
  await shop.insertInto("product").values({ id: 1, name: "nest", stock: 3 }).execute();
  return steps.length;
}
// #endregion script
