/** What SQLite refuses, with its own codes (sqlite.org/rescode.html). */

import type { SqliteFailure } from "./sqlite-messages.ts";

/** A statement that SQLite refused, or whose thread was lost. */
export class SqliteError extends Error {
  override readonly name = "SqliteError";
  /** Of Node.js, such as ERR_SQLITE_ERROR. */
  readonly code: string;
  /** SQLite's extended result code, such as 2067 for a UNIQUE constraint. */
  readonly errcode: number | undefined;

  constructor({ message, code, errcode }: SqliteFailure) {
    super(message);
    this.code = code;
    this.errcode = errcode;
  }
}

/** The code of a thread that has ended in the middle of a call. */
export const threadLost = "ERR_SQLITE_THREAD";
