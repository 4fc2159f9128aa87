/** Runs the migrations of a folder with Kysely's migrator: each once, in order, under a lock, all or none. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Migrator } from "kysely/migration";
import { ApusError } from "../errors/apus-error.ts";
import { checkOptionNames } from "../errors/factory-options.ts";
import { findParts, type Database } from "./database-value.ts";
import { loadMigration } from "./load-kysely.ts";
import { readMigrations, type MigrationFile } from "./migration-folder.ts";
import { isConflict } from "./sql-failure.ts";

export interface MigrateOptions {
  /** A path from the working directory, or `new URL("./migrations/", import.meta.url)`. */
  readonly folder: string | URL;
  /** The migration to stop at, up or down; "latest" by default, "nothing" takes all of them back. */
  readonly to?: string;
}

/** A migration that was run. */
export interface MigrationStep {
  readonly name: string;
  readonly direction: "up" | "down";
}

/** A migration of the folder, and when it was run. */
export interface MigrationState {
  readonly name: string;
  /** Undefined while it is still to be run. */
  readonly appliedAt: Date | undefined;
}

/** Milliseconds that others who migrate the same SQLite file are waited for; PostgreSQL waits by itself. */
const lockTimeout = 60_000;

/**
 * Brings a database to the state of a folder; gives what was run. If one fails, none of this call is kept.
 * @throws ApusError APUS_MIGRATION that names the file
 */
export async function migrate<Tables>(
  database: Database<Tables>,
  options: MigrateOptions,
): Promise<readonly MigrationStep[]> {
  checkOptionNames("migrate", options, ["folder", "to"]);
  const files = await readMigrations(options.folder);
  const started = performance.now();
  for (;;) {
    try {
      return await migrateOnce(database, files, options.to ?? "latest");
    } catch (error) {
      const cause = (error as Error).cause;
      if (!isConflict(cause) || performance.now() - started > lockTimeout) throw error;
      await sleep(100);
    }
  }
}

/** Every migration of a folder. @throws ApusError APUS_MIGRATION */
export async function migrationStatus<Tables>(
  database: Database<Tables>,
  options: Pick<MigrateOptions, "folder">,
): Promise<readonly MigrationState[]> {
  const files = await readMigrations(options.folder);
  const migrator = await buildMigrator(database, files);
  const states = await migrator.getMigrations();
  return states.map(({ name, executedAt }) => ({ name, appliedAt: executedAt }));
}

async function migrateOnce<Tables>(
  database: Database<Tables>,
  files: readonly MigrationFile[],
  to: string,
): Promise<readonly MigrationStep[]> {
  const { NO_MIGRATIONS } = await loadMigration();
  const migrator = await buildMigrator(database, files);
  const migrated =
    to === "latest" ? migrator.migrateToLatest() : migrator.migrateTo(to === "nothing" ? NO_MIGRATIONS : to);
  const { error, results = [] } = await migrated;
  if (error !== undefined) {
    const failed = results.find(({ status }) => status === "Error")?.migrationName;
    const file = files.find(({ name }) => name === failed);
    const what = file === undefined ? "The migration" : `The migration ${file.path}`;
    throw new ApusError("APUS_MIGRATION", `${what} failed: ${(error as Error).message}`, { cause: error });
  }
  return results
    .filter(({ status }) => status === "Success")
    .map(({ migrationName: name, direction }) => ({ name, direction: direction === "Up" ? "up" : "down" }));
}

async function buildMigrator<Tables>(database: Database<Tables>, files: readonly MigrationFile[]): Promise<Migrator> {
  findParts(database, "migrate");
  const { Migrator } = await loadMigration();
  const migrations = Object.fromEntries(files.map(({ name, migration }) => [name, migration]));
  const db = database.withoutPlugins() as unknown as Kysely<unknown>;
  return new Migrator({ db, provider: { getMigrations: async () => migrations } });
}
