/** A link to a SQLite database: reads go to a reader, writes to the writer, a transaction to a connection of its own. */

import { SqliteError, threadLost } from "./sqlite-error.ts";
import type { SqlitePlace } from "./sqlite-thread.ts";
import type { Limits, RowCursor, SqlLink, Statement, StatementResult, TransactionMode } from "./sql-pool.ts";
import { untilAbort } from "./until-abort.ts";

/** A place that somebody has for longer than a statement. */
export interface SqliteHold extends SqlitePlace {
  /** The life of the thread in which it was taken. */
  readonly life: number;
  /** Whether it shares its connection with nobody who writes. */
  readonly isSnapshot: boolean;
  readonly release: () => void;
}

/** Who gives everybody their turn at the threads. */
export interface SqliteTurns {
  readonly isMemory: boolean;
  /** The connection on which a database in memory is read beside others. */
  readonly memory: SqlitePlace;
  /** Runs a statement that is its own transaction. */
  runAlone(statement: Statement, limits: Limits, reads: boolean): Promise<StatementResult>;
  /** The writer, for one alone. */
  holdWriter(limits: Limits): Promise<SqliteHold>;
  /** A connection for one alone that sees the database as it is when it begins to read. */
  holdSnapshot(limits: Limits): Promise<SqliteHold>;
}

export class SqliteLink implements SqlLink {
  readonly readsBefore = true;
  readonly #turns: SqliteTurns;
  /** The connection of the transaction that is open. */
  #hold: SqliteHold | undefined;
  /** Who has written reads where that was written. */
  #hasWritten = false;
  /** Cursors within the transaction. */
  readonly #cursors = new Set<RowCursor>();

  constructor(turns: SqliteTurns) {
    this.#turns = turns;
  }

  async run(statement: Statement, limits: Limits): Promise<StatementResult> {
    const hold = this.#hold;
    if (hold !== undefined) {
      checkLife(hold);
      return untilAbort(hold.thread.run(hold.connection, statement), limits.signal);
    }
    this.#hasWritten ||= !statement.isRead;
    return this.#turns.runAlone(statement, limits, !this.#hasWritten);
  }

  async open(statement: Statement, limits: Limits): Promise<RowCursor> {
    if (!statement.isRead) return openRows((await this.run(statement, limits)).rows);
    const hold = this.#hold;
    if (hold !== undefined) {
      checkLife(hold);
      const release = (): void => void this.#cursors.delete(cursor);
      const cursor = await openCursor(hold, statement, { signal: limits.signal, release });
      this.#cursors.add(cursor);
      return cursor;
    }
    const { signal } = limits;
    if (this.#turns.isMemory) return openCursor(this.#turns.memory, statement, { signal, release: () => {} });
    const snapshot = await this.#turns.holdSnapshot(limits);
    return openCursor(snapshot, statement, { signal, release: snapshot.release });
  }

  async begin({ readOnly = false }: TransactionMode, limits: Limits): Promise<void> {
    const hold = readOnly ? await this.#turns.holdSnapshot(limits) : await this.#turns.holdWriter(limits);
    this.#hold = hold;
    try {
      if (readOnly && !hold.isSnapshot) await this.#control(hold, "PRAGMA query_only = 1");
      await this.#control(hold, readOnly ? "BEGIN" : "BEGIN IMMEDIATE");
    } catch (error) {
      await this.#giveBack(hold);
      throw error;
    }
  }

  async end(how: "commit" | "rollback"): Promise<void> {
    const hold = this.#hold;
    if (hold === undefined) return;
    // A statement that is still open would keep the connection at what it saw.
    for (const cursor of this.#cursors) await cursor.close();
    try {
      await this.#control(hold, how);
    } catch (error) {
      if (how === "rollback") return;
      // A commit that was refused leaves its transaction open.
      await this.#control(hold, "rollback").catch(() => {});
      throw error;
    } finally {
      await this.#giveBack(hold);
    }
  }

  release(): void {
    void this.end("rollback");
  }

  async #control(hold: SqliteHold, text: string): Promise<void> {
    checkLife(hold);
    await hold.thread.run(hold.connection, { text, parameters: [], isRead: false });
  }

  async #giveBack(hold: SqliteHold): Promise<void> {
    this.#hold = undefined;
    if (this.#turns.isMemory) await this.#control(hold, "PRAGMA query_only = 0").catch(() => {});
    hold.release();
  }
}

/** What was begun in a thread that was lost went with it. */
function checkLife({ thread, life }: Pick<SqliteHold, "thread" | "life">): void {
  if (thread.life === life) return;
  const message = "The thread of the database was lost, and what was open in it.";
  throw new SqliteError({ message, code: threadLost, errcode: undefined });
}

interface CursorUse {
  readonly signal: AbortSignal | undefined;
  readonly release: () => void;
}

async function openCursor(
  { thread, connection }: SqlitePlace,
  statement: Statement,
  { signal, release }: CursorUse,
): Promise<RowCursor> {
  let cursor: number;
  const { life } = thread;
  try {
    cursor = await thread.open(connection, statement);
  } catch (error) {
    release();
    throw error;
  }
  return {
    next: async (size) => {
      checkLife({ thread, life });
      return untilAbort(thread.next(cursor, size), signal);
    },
    close: async () => {
      if (thread.life === life) thread.closeCursor(cursor);
      release();
    },
  };
}

function openRows(rows: Record<string, unknown>[]): RowCursor {
  return {
    next: async (size) => rows.splice(0, size),
    close: async () => {},
  };
}
