/** Migrations at the start of an app: in development always, in production when it was asked for. */

import { ApusError } from "../errors/apus-error.ts";
import { checkOptionNames } from "../errors/factory-options.ts";
import type { Logger } from "../log/logger.ts";
import type { Database } from "./database-value.ts";
import { migrate, migrationStatus } from "./migrate.ts";

export interface StartMigrations {
  readonly folder: string | URL;
  /** Whether they are run at the start; by default where `NODE_ENV` is not "production". */
  readonly atStart?: boolean;
}

/** Runs what is missing, or warns of it. @throws ApusError APUS_MIGRATION */
export async function migrateAtStart<Tables>(
  database: Database<Tables>,
  migrations: string | URL | StartMigrations,
  log: Logger,
): Promise<void> {
  const { folder, atStart } = readStartMigrations(migrations);
  if (atStart ?? process.env["NODE_ENV"] !== "production") {
    const steps = await migrate(database, { folder });
    if (steps.length > 0) log.info("Migrated the database", { migrations: steps.map(({ name }) => name) });
    return;
  }
  const states = await migrationStatus(database, { folder });
  const missing = states.filter(({ appliedAt }) => appliedAt === undefined).map(({ name }) => name);
  if (missing.length > 0) log.warn("Migrations have not been run", { migrations: missing });
}

function readStartMigrations(migrations: string | URL | StartMigrations): StartMigrations {
  if (typeof migrations === "string" || migrations instanceof URL) return { folder: migrations };
  checkOptionNames("database({ migrations })", migrations, ["folder", "atStart"]);
  if (typeof migrations.folder === "string" || migrations.folder instanceof URL) return migrations;
  throw new ApusError("APUS_BAD_OPTION", "database({ migrations }) has no folder: give a path or a URL.");
}
