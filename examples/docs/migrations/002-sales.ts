/** The second tables of docs/sql.md. */

import type { Kysely } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("sale")
    .addColumn("product", "integer", (column) => column.notNull().references("product.id"))
    .addColumn("amount", "integer", (column) => column.notNull())
    .execute();
}

export async function down(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropTable("sale").execute();
}
