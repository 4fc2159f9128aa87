/** One transaction from its first statement to its end: statements in order, savepoints, and an end on every path. */

import { ApusError } from "../errors/apus-error.ts";
import { traceStatement } from "./trace-statement.ts";
import type { Limits, RowCursor, SqlLink, SqlPool, Statement, StatementResult, TransactionMode } from "./sql-pool.ts";

export interface UnitOptions extends TransactionMode {
  /** Whether the transaction begins with the first statement that needs one, and not before. */
  readonly lazy: boolean;
  readonly limits: Limits;
  /** Whose transaction it is, for messages. */
  readonly where: string;
}

/** Why no more statements are run. */
interface Ended {
  readonly error: unknown;
}

export class UnitOfWork {
  readonly #pool: SqlPool;
  readonly #options: UnitOptions;
  #link: SqlLink | undefined;
  #hasBegun = false;
  #ended: Ended | undefined;
  /** What ended it in the middle: statements that still wait are not run. */
  #broken: Ended | undefined;
  /** The statement that runs, or ran last: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #savepoints = 0;
  readonly #abort = (): void => void this.#break(this.#options.limits.signal?.reason);

  constructor(pool: SqlPool, options: UnitOptions) {
    this.#pool = pool;
    this.#options = options;
    options.limits.signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Begins now, unless it is to wait for a statement. @throws HttpError 503 */
  async begin(): Promise<void> {
    if (this.#options.limits.signal?.aborted === true) await this.#break(this.#options.limits.signal.reason);
    if (!this.#options.lazy) await this.#queue(() => this.#take(true));
  }

  run(statement: Statement): Promise<StatementResult> {
    return traceStatement(this.#pool, statement, () =>
      this.#queue(async () => {
        const link = await this.#take(!statement.isRead);
        return link.run(statement, this.#options.limits);
      }),
    );
  }

  async open(statement: Statement): Promise<RowCursor> {
    const cursor = await traceStatement(this.#pool, statement, () =>
      this.#queue(async () => {
        const link = await this.#take(!statement.isRead);
        return link.open(statement, this.#options.limits);
      }),
    );
    return {
      next: (size) => this.#queue(() => cursor.next(size)),
      // After the end there is nothing left to close, but somebody may still hold what the cursor took.
      close: () => (this.#ended === undefined ? this.#queue(() => cursor.close()) : cursor.close()),
    };
  }

  /** Sets a savepoint and gives its name. */
  async save(): Promise<string> {
    this.#savepoints += 1;
    const name = `apus_${this.#savepoints}`;
    await this.#control(`savepoint ${name}`);
    return name;
  }

  /** Keeps what was done since the savepoint, or takes it back. */
  async endSavepoint(name: string, how: "release" | "rollback"): Promise<void> {
    if (how === "rollback") await this.#control(`rollback to savepoint ${name}`);
    await this.#control(`release savepoint ${name}`);
  }

  /**
   * Commits, once everything that was asked for has run. Nothing may be asked for any more.
   * @throws what the commit fails with, or what has ended the transaction before
   */
  async commit(): Promise<void> {
    const before = this.#ended;
    await this.#finish("commit", { error: this.#refuse("has been committed") });
    if (before !== undefined) throw before.error;
  }

  /** Takes everything back. Never fails: a connection that cannot do it is thrown away. */
  async rollback(): Promise<void> {
    await this.#finish("rollback", { error: this.#refuse("has been rolled back") });
  }

  async #control(text: string): Promise<void> {
    await this.#queue(async () => {
      const link = await this.#take(true);
      await link.run({ text, parameters: [], isRead: false }, this.#options.limits);
    });
  }

  /** The link, in a transaction when the statement needs one. */
  async #take(writes: boolean): Promise<SqlLink> {
    const { limits } = this.#options;
    this.#link ??= await this.#pool.connect(limits);
    if (this.#hasBegun || (!writes && this.#options.lazy && this.#link.readsBefore)) return this.#link;
    await this.#link.begin(this.#options, limits);
    this.#hasBegun = true;
    return this.#link;
  }

  async #queue<T>(step: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended.error;
    const run = this.#last.then(() => {
      if (this.#broken !== undefined) throw this.#broken.error;
      return step();
    });
    this.#last = run.catch(() => {});
    return run;
  }

  /** The client has gone, or its time is up: the statement that runs is cancelled by the same signal. */
  async #break(reason: unknown): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#broken = { error: reason };
    await this.#finish("rollback", this.#broken);
  }

  async #finish(how: "commit" | "rollback", ended: Ended): Promise<void> {
    if (this.#ended !== undefined) {
      await this.#last;
      return;
    }
    this.#ended = ended;
    this.#options.limits.signal?.removeEventListener("abort", this.#abort);
    const finished = this.#last.then(() => this.#end(how));
    this.#last = finished.catch(() => {});
    await finished;
  }

  async #end(how: "commit" | "rollback"): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    try {
      if (this.#hasBegun) await link.end(how);
    } finally {
      link.release();
    }
  }

  #refuse(what: string): ApusError {
    const remedy = "keep it to the handler, and read rows for a stream from the database itself";
    return new ApusError("APUS_SQL_SESSION", `The session of ${this.#options.where} ${what}; ${remedy}.`);
  }
}
