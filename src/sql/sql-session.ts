/** A transaction as other parts of an app see it: statements as text, that all happen or none, whatever made it. */

const brand: unique symbol = Symbol.for("apus.sql-session") as never;

export type SqlDialect = "postgres" | "sqlite";

/** Rows as plain objects. */
export interface SqlRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** An open transaction that takes statements as text; what a module needs that writes within somebody else's. */
export interface SqlSession {
  readonly dialect: SqlDialect;
  /**
   * Runs one statement in the transaction. Parameters are `$1`, `$2`, … for PostgreSQL and `?` for SQLite.
   * @throws ApusError APUS_SQL_SESSION after the transaction has ended, and what the database refuses
   */
  execute(sqlText: string, parameters?: readonly unknown[]): Promise<SqlRows>;
  /** Calls back once the transaction is committed, and never when it is rolled back; what it throws is logged. */
  afterCommit(hook: () => unknown): void;
}

/** Whether a value is a session of `apus/sql`. */
export function isSqlSession(value: unknown): value is SqlSession {
  return typeof value === "object" && value !== null && brand in value;
}

/** Marks an object, or a prototype, as a session. */
export function markSqlSession(target: object): void {
  Object.defineProperty(target, brand, { value: true });
}
