/** Products with their stock, which is never below nothing, and the index that pages of them are read by. */

import { sql, type Kysely } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("products")
    .addColumn("sku", "text", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("words", "text", (column) => column.notNull())
    .addColumn("stock", "integer", (column) => column.notNull().check(sql`stock >= 0`))
    .addColumn("image_file", "text")
    .addColumn("image_type", "text")
    .execute();
  await database.schema.createIndex("products_by_name").on("products").columns(["name", "sku"]).execute();
}

export async function down(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropTable("products").execute();
}
