/** The table of the birds that were seen. */

import type { Kysely } from "kysely";

export async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable("sighting")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("bird", "text", (column) => column.notNull().unique())
    .addColumn("count", "integer", (column) => column.notNull())
    .execute();
}

export async function down(database: Kysely<unknown>): Promise<void> {
  await database.schema.dropTable("sighting").execute();
}
