/** A database: Kysely over a pool, with transactions as blocks, its health and its figures. */

import type { Kysely, KyselyPlugin, Sql, TransactionBuilder } from "kysely";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { requestLimits } from "../http/current-request.ts";
import type { Logger } from "../log/logger.ts";
import type { DatabaseParts, DatabaseSession } from "./database-session.ts";
import { loadKysely } from "./load-kysely.ts";
import { buildDialect } from "./pool-dialect.ts";
import { runTransaction, type BlockOptions } from "./run-transaction.ts";
import type { DatabaseNotifications } from "./notification-stream.ts";
import { listen, type NotificationOptions } from "./listen.ts";
import type { DatabaseStats, SqlPool } from "./sql-pool.ts";
import type { SqlDialect, SqlRows } from "./sql-session.ts";
import { buildStatement } from "./statement.ts";
import { traceStatement } from "./trace-statement.ts";

/** A database that is open: everything that Kysely builds, each statement for itself, and transactions as blocks. */
export interface Database<Tables> extends Kysely<Tables> {
  readonly dialect: SqlDialect;
  /** Kysely's tag for SQL text with values in it. */
  readonly sql: Sql;
  /** Kysely's own builder of transactions. */
  transaction(): TransactionBuilder<Tables>;
  /**
   * Runs a block in a transaction: committed when it returns, rolled back when it throws, and run again when another
   * transaction was in the way.
   * @throws what the block throws; HttpError 503
   */
  transaction<Result>(
    block: (session: DatabaseSession<Tables>) => Promise<Result>,
    options?: BlockOptions,
  ): Promise<Result>;
  /** Runs one statement for itself; parameters are `$1`, `$2`, … for PostgreSQL and `?` for SQLite. */
  execute(sqlText: string, parameters?: readonly unknown[]): Promise<SqlRows>;
  /**
   * PostgreSQL: what others give to NOTIFY on a channel, from now on, over one connection beside the pool.
   * @throws ApusError APUS_BAD_OPTION on SQLite; HttpError 503 after the end
   */
  listen(channel: string, options?: NotificationOptions): DatabaseNotifications;
  /** Whether the database answers. @throws HttpError 503 when it does not, within so many milliseconds (2,000) */
  check(timeout?: number): Promise<void>;
  /** How busy it is now. */
  stats(): DatabaseStats;
}

/** The parts of every database that is open. */
const known = new WeakMap<object, DatabaseParts>();

/** @throws ApusError APUS_BAD_OPTION for a value that is no database of this package */
export function findParts(database: object, who: string): DatabaseParts {
  const parts = known.get(database);
  if (parts !== undefined) return parts;
  const message = `${who}() was given no database: it needs what database() or openDatabase() gives.`;
  throw new ApusError("APUS_BAD_OPTION", message);
}

export interface ValueInit {
  readonly log: Logger;
  readonly plugins: readonly KyselyPlugin[];
}

/** A database over a pool that is open. @throws ApusError APUS_MISSING_PACKAGE */
export async function buildDatabase<Tables>(pool: SqlPool, { log, plugins }: ValueInit): Promise<Database<Tables>> {
  const kysely = await loadKysely();
  const config = { dialect: buildDialect(pool, kysely), plugins: [...plugins] };
  const base = new kysely.Kysely<unknown>(config);
  const parts: DatabaseParts = { pool, kysely, config, base, log };
  const own = base.transaction.bind(base);
  type Block = (session: DatabaseSession<unknown>) => Promise<unknown>;
  Object.assign(base, {
    dialect: pool.dialect,
    sql: kysely.sql,
    transaction: (block?: Block, options?: BlockOptions) =>
      block === undefined ? own() : runTransaction(parts, block, options),
    execute: (text: string, parameters: readonly unknown[] = []) => execute(pool, text, parameters),
    listen: (channel: string, options?: NotificationOptions) => listen(pool, channel, options),
    check: (timeout?: number) => checkPool(pool, timeout),
    stats: () => pool.stats(),
    destroy: () => pool.close(),
  });
  known.set(base, parts);
  return base as unknown as Database<Tables>;
}

async function execute(pool: SqlPool, text: string, parameters: readonly unknown[]): Promise<SqlRows> {
  const statement = buildStatement(text, parameters);
  const limits = requestLimits();
  return traceStatement(pool, statement, async () => {
    const link = await pool.connect(limits);
    try {
      const { rows } = await link.run(statement, limits);
      return { rows };
    } finally {
      link.release();
    }
  });
}

async function checkPool(pool: SqlPool, timeout = 2_000): Promise<void> {
  const signal = AbortSignal.timeout(timeout);
  try {
    const link = await pool.connect({ signal });
    try {
      await link.run({ text: "select 1", parameters: [], isRead: true }, { signal });
    } finally {
      link.release();
    }
  } catch (cause) {
    throw new HttpError(503, "The database does not answer.", { cause, headers: { "retry-after": "1" } });
  }
}
