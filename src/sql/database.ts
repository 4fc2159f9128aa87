/** Databases by their address: opened once for an app as a dependency, or by a script. */

import type { KyselyPlugin } from "kysely";
import { dependency, type Dependency } from "../dependencies/dependency.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import { silentLogger, type Logger } from "../log/logger.ts";
import { buildDatabase, type Database } from "./database-value.ts";
import { migrateAtStart, type StartMigrations } from "./migrate-at-start.ts";
import { PostgresPool } from "./postgres-pool.ts";
import { parseDatabaseUrl, type DatabaseAddress } from "./read-database-url.ts";
import type { SqlPool } from "./sql-pool.ts";
import { SqlitePool } from "./sqlite-pool.ts";

export interface DatabaseOptions {
  /** `postgres://user:password@host/name`, `sqlite:file.db`, `sqlite::memory:`, or a function that gives one at the start. */
  readonly url: string | (() => string | Promise<string>);
  /** PostgreSQL: connections at most; 10 by default. */
  readonly connections?: number;
  /** SQLite: threads that read beside the one that writes; one less than there are processors by default, from 1 to 4. */
  readonly readers?: number;
  /** Milliseconds to wait for a free connection, then 503; 5,000 by default. */
  readonly queueTimeout?: number;
  /** How many may wait for one; who comes then gets a 503 at once; 1,000 by default. */
  readonly maxWaiting?: number;
  /** PostgreSQL: milliseconds to wait for the server when a connection is opened; 5,000 by default. */
  readonly connectTimeout?: number;
  /** PostgreSQL: milliseconds that a statement may take at most; without a limit by default. */
  readonly statementTimeout?: number;
  /** PostgreSQL: whether statements that repeat are prepared, true by default; false behind PgBouncer in transaction mode. */
  readonly prepare?: boolean;
  /** SQLite: milliseconds to wait for another process's lock; 5,000 by default. */
  readonly busyTimeout?: number;
  /** A folder of migrations that are run at the start, except in production; see `StartMigrations`. */
  readonly migrations?: string | URL | StartMigrations;
  /** Of Kysely, such as `new CamelCasePlugin()`. */
  readonly plugins?: readonly KyselyPlugin[];
}

/**
 * A database as a dependency that lives as long as the app: opened before the first request, closed after the last.
 * @throws ApusError APUS_BAD_OPTION, and at the start APUS_MISSING_PACKAGE and APUS_MIGRATION
 */
export function database<Tables>(
  options: DatabaseOptions,
): Dependency<Database<Tables>, { readonly scope: "app"; readonly name: string }> {
  checkOptions("database", options);
  return dependency({ scope: "app", name: "database" }, async function* ({ log }) {
    const opened = await open<Tables>(options, log);
    try {
      yield opened;
    } finally {
      await opened.destroy();
    }
  });
}

/**
 * Opens a database for a script: `await using opened = await openDatabase({ url })`.
 * @throws ApusError APUS_BAD_OPTION, APUS_MISSING_PACKAGE, APUS_MIGRATION
 */
export async function openDatabase<Tables>(
  options: DatabaseOptions & { readonly log?: Logger },
): Promise<Database<Tables>> {
  const { log = silentLogger, ...rest } = options;
  checkOptions("openDatabase", rest);
  return open<Tables>(rest, log);
}

async function open<Tables>(options: DatabaseOptions, log: Logger): Promise<Database<Tables>> {
  const { url, migrations, plugins = [] } = options;
  const pool = await openPool(parseDatabaseUrl(typeof url === "function" ? await url() : url), { options, log });
  const opened = await buildDatabase<Tables>(pool, { log, plugins });
  try {
    if (migrations !== undefined) await migrateAtStart(opened, migrations, log);
  } catch (error) {
    await opened.destroy();
    throw error;
  }
  return opened;
}

async function openPool(
  address: DatabaseAddress,
  { options, log }: { readonly options: DatabaseOptions; readonly log: Logger },
): Promise<SqlPool> {
  const { queueTimeout = 5_000, maxWaiting = 1_000, connectTimeout = 5_000, busyTimeout = 5_000 } = options;
  if (address.dialect === "sqlite") {
    const pool = new SqlitePool({
      file: address.file,
      readers: options.readers,
      busyTimeout,
      queueTimeout,
      maxWaiting,
    });
    return pool.start();
  }
  const { connectionString } = address;
  const { connections = 10, statementTimeout, prepare = true } = options;
  const limits = { connections, queueTimeout, maxWaiting, connectTimeout, statementTimeout, prepare };
  return PostgresPool.open({ connectionString, ...limits, log });
}

function checkOptions(factory: string, options: DatabaseOptions): void {
  const check = new CheckedOptions(factory, options, [
    "url",
    "connections",
    "readers",
    "queueTimeout",
    "maxWaiting",
    "connectTimeout",
    "statementTimeout",
    "prepare",
    "busyTimeout",
    "migrations",
    "plugins",
  ] satisfies readonly (keyof DatabaseOptions)[]);
  check.given("url", "an address or a function that gives one");
  if (typeof options.url !== "function") parseDatabaseUrl(options.url);
  check.whole("connections", 1, 10_000);
  check.whole("readers", 1, 64);
  for (const time of ["queueTimeout", "connectTimeout", "statementTimeout", "busyTimeout"]) {
    check.whole(time, 1, longestTime);
  }
  check.whole("maxWaiting", 0);
  check.kind("prepare", "boolean");
}
