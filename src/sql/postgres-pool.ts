/** The connections of one PostgreSQL database, over pg's own pool, with a queue in front of it. */

import type { Pool, PoolClient, PoolConfig } from "pg";
import type { Logger } from "../log/logger.ts";
import { loadPg } from "./load-kysely.ts";
import type { DatabaseNotifications } from "./notification-stream.ts";
import { PostgresLink, type CreateClient } from "./postgres-link.ts";
import { PostgresListener } from "./postgres-listener.ts";
import { buildTypeParsers } from "./postgres-types.ts";
import { isUnreachable } from "./postgres-failure.ts";
import { PreparedNames } from "./prepared-names.ts";
import { answerUnreachable } from "./sql-failure.ts";
import type { DatabaseStats, Limits, SqlLink, SqlPool } from "./sql-pool.ts";
import { untilAbort } from "./until-abort.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface PostgresPoolOptions {
  readonly connectionString: string;
  /** Connections at most. */
  readonly connections: number;
  /** Milliseconds in the queue. */
  readonly queueTimeout: number;
  readonly maxWaiting: number;
  /** Milliseconds until a new connection must be there. */
  readonly connectTimeout: number;
  /** Milliseconds that a statement may take; the server's own limit when it is undefined. */
  readonly statementTimeout: number | undefined;
  /** Whether statements that repeat are prepared. */
  readonly prepare: boolean;
  readonly log: Logger;
}

const unprepared =
  "Prepared statements do not last on this database, and are not used any more; behind a pool such as PgBouncer, set prepare: false";

export class PostgresPool implements SqlPool {
  readonly dialect = "postgres";
  readonly #pool: Pool;
  readonly #queue: WaitQueue;
  readonly #createClient: CreateClient;
  readonly #statementTimeout: number | undefined;
  readonly #names: PreparedNames | undefined;
  readonly #listener: PostgresListener;

  private constructor(pool: Pool, createClient: CreateClient, options: PostgresPoolOptions) {
    const { connections, queueTimeout, maxWaiting, statementTimeout, prepare, log } = options;
    this.#pool = pool;
    this.#createClient = createClient;
    this.#statementTimeout = statementTimeout;
    this.#names = prepare ? new PreparedNames(() => log.warn(unprepared)) : undefined;
    this.#listener = new PostgresListener(createClient, log);
    this.#queue = new WaitQueue({
      capacity: connections,
      timeout: queueTimeout,
      maxWaiting,
      what: "connection of the database",
    });
    // A connection that is lost while nobody uses it; the next one is a new one.
    pool.on("error", (error) => log.warn("A connection of the database was lost", { error }));
  }

  /**
   * A server that is not there yet is only a warning: requests are answered 503 until it is.
   * @throws ApusError APUS_MISSING_PACKAGE, and what a server refuses (password, database)
   */
  static async open(options: PostgresPoolOptions): Promise<PostgresPool> {
    const { connectionString, connections, connectTimeout, statementTimeout, log } = options;
    const pg = await loadPg();
    const config: PoolConfig = {
      connectionString,
      max: connections,
      connectionTimeoutMillis: connectTimeout,
      keepAlive: true,
      types: buildTypeParsers(pg),
      ...(statementTimeout !== undefined && { statement_timeout: statementTimeout }),
    };
    const pool = new PostgresPool(new pg.Pool(config), () => new pg.Client(config), options);
    try {
      (await pool.connect({})).release();
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      if (!isUnreachable(cause)) {
        await pool.close();
        throw error;
      }
      log.warn("The database cannot be reached yet", { error: cause });
    }
    return pool;
  }

  async connect(limits: Limits): Promise<SqlLink> {
    const release = await this.#queue.take(1, limits);
    const connecting = this.#pool.connect();
    let client: PoolClient;
    try {
      client = await untilAbort(connecting, limits.signal);
    } catch (error) {
      void connecting
        .then(
          (late) => late.release(),
          () => {},
        )
        .finally(release);
      throw isUnreachable(error) ? answerUnreachable(error) : error;
    }
    return new PostgresLink({
      client,
      createClient: this.#createClient,
      statementTimeout: this.#statementTimeout,
      names: this.#names,
      release: (isBroken) => {
        client.release(isBroken);
        release();
      },
    });
  }

  listen(channel: string, signal: AbortSignal | undefined): DatabaseNotifications {
    return this.#listener.listen(channel, signal);
  }

  stats(): DatabaseStats {
    const { totalCount: size, idleCount: idle } = this.#pool;
    return { size, idle, busy: size - idle, waiting: this.#queue.waiting };
  }

  async close(): Promise<void> {
    await Promise.all([this.#listener.close(), this.#queue.close()]);
    if (!this.#pool.ending) await this.#pool.end();
  }
}
