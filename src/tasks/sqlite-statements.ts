/** Statements on one SQLite connection: prepared once, in transactions that may stand in each other. */

import { DatabaseSync, type StatementSync } from "node:sqlite";

export type SqliteRow = Readonly<Record<string, unknown>>;
export type SqliteParameter = string | number | null;

export class SqliteStatements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  #depth = 0;

  /** Milliseconds that a statement waits for another connection's lock. */
  constructor(file: string, busyTimeout: number) {
    this.#database = new DatabaseSync(file, { timeout: busyTimeout });
    // What was acknowledged survives the loss of power, too.
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  }

  /** Several statements without parameters. */
  execute(text: string): void {
    this.#database.exec(text);
  }

  all(text: string, ...parameters: readonly SqliteParameter[]): readonly SqliteRow[] {
    return this.#prepare(text).all(...parameters);
  }

  first(text: string, ...parameters: readonly SqliteParameter[]): SqliteRow | undefined {
    return this.#prepare(text).get(...parameters);
  }

  iterate(text: string, ...parameters: readonly SqliteParameter[]): Iterable<SqliteRow> {
    return this.#prepare(text).iterate(...parameters);
  }

  /** The number of rows that were changed. */
  run(text: string, ...parameters: readonly SqliteParameter[]): number {
    return Number(this.#prepare(text).run(...parameters).changes);
  }

  /** All of it or nothing; one within another is taken back without it. */
  transact<T>(work: () => T): T {
    const depth = this.#depth;
    // IMMEDIATE: whoever reads first and writes later could find the file changed in between.
    this.execute(depth === 0 ? "BEGIN IMMEDIATE" : `SAVEPOINT apus_${depth}`);
    this.#depth += 1;
    try {
      const result = work();
      this.execute(depth === 0 ? "COMMIT" : `RELEASE apus_${depth}`);
      return result;
    } catch (error) {
      // SQLite itself has rolled back after some errors, such as a full disk.
      if (this.#database.isTransaction) {
        this.execute(depth === 0 ? "ROLLBACK" : `ROLLBACK TO apus_${depth}; RELEASE apus_${depth}`);
      }
      throw error;
    } finally {
      this.#depth = depth;
    }
  }

  /** Changes when another connection has committed something. */
  get version(): number {
    return Number(this.first("PRAGMA data_version")?.["data_version"]);
  }

  close(): void {
    this.#database.close();
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}
