/** The seam between sessions and what speaks to a database: a pool that lends links, and cursors over long results. */

import type { DatabaseNotifications } from "./notification-stream.ts";
import type { SqlDialect } from "./sql-session.ts";

/** One statement as a database takes it. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
  /** Whether it surely changes nothing. */
  readonly isRead: boolean;
}

export interface StatementResult {
  readonly rows: Record<string, unknown>[];
  /** How many rows were changed; undefined where the database does not say. */
  readonly affected: bigint | undefined;
  /** The row that SQLite has inserted last. */
  readonly insertId: bigint | undefined;
}

/** For whom a statement runs: what ends it early. */
export interface Limits {
  /** The statement is cancelled when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** In the milliseconds of `performance.now()`. */
  readonly deadline?: number | undefined;
}

export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface TransactionMode {
  readonly isolation?: Isolation | undefined;
  readonly readOnly?: boolean | undefined;
}

/** The rows of one statement, some at a time. */
export interface RowCursor {
  /** At most so many rows; fewer are the last ones. */
  next(size: number): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A connection that one user has until it is released; statements are run one after the other. */
export interface SqlLink {
  /** Whether what only reads may run before a transaction begins, without being part of it. */
  readonly readsBefore: boolean;
  run(statement: Statement, limits: Limits): Promise<StatementResult>;
  open(statement: Statement, limits: Limits): Promise<RowCursor>;
  begin(mode: TransactionMode, limits: Limits): Promise<void>;
  /** @throws what a commit fails with; the transaction is over in every case */
  end(how: "commit" | "rollback"): Promise<void>;
  /** What is still open is rolled back; a link that is broken is thrown away. */
  release(): void;
}

/** How busy a database is, in connections (PostgreSQL) or threads (SQLite). */
export interface DatabaseStats {
  /** Open ones. */
  readonly size: number;
  readonly idle: number;
  readonly busy: number;
  /** How many wait for one. */
  readonly waiting: number;
}

export interface SqlPool {
  readonly dialect: SqlDialect;
  /** @throws HttpError 503 when none is free in time, or the server is not there */
  connect(limits: Limits): Promise<SqlLink>;
  /** @throws ApusError APUS_BAD_OPTION where there are none; HttpError 503 after the end */
  listen(channel: string, signal: AbortSignal | undefined): DatabaseNotifications;
  stats(): DatabaseStats;
  /** Waits for what is lent; then everything is closed. */
  close(): Promise<void>;
}
