/** Orders, what is in them, and what became of them. */

import type { Kysely } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("orders")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("account", "text", (column) => column.notNull().references("accounts.name"))
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("placed_at", "bigint", (column) => column.notNull())
    .execute();
  await database.schema.createIndex("orders_by_account").on("orders").columns(["account", "placed_at", "id"]).execute();
  await database.schema
    .createTable("order_items")
    .addColumn("order_id", "text", (column) => column.notNull().references("orders.id"))
    .addColumn("sku", "text", (column) => column.notNull().references("products.sku"))
    .addColumn("count", "integer", (column) => column.notNull())
    .addColumn("cents", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("order_items_key", ["order_id", "sku"])
    .execute();
  await database.schema.createIndex("order_items_by_sku").on("order_items").column("sku").execute();
  await database.schema
    .createTable("order_events")
    .addColumn("order_id", "text", (column) => column.notNull().references("orders.id"))
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("order_events_key", ["order_id", "version"])
    .execute();
}

export async function down(database: Kysely<unknown>): Promise<void> {
  for (const table of ["order_events", "order_items", "orders"]) await database.schema.dropTable(table).execute();
}
