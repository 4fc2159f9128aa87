/** What the main thread and a SQLite thread say to each other: batches of calls, and batches of replies. */

import type { PackedRows } from "./sqlite-rows.ts";

/** What a thread opens. */
export interface SqliteThreadData {
  /** A path, or ":memory:". */
  readonly file: string;
  /** Milliseconds that a statement waits for another process's lock. */
  readonly busyTimeout: number;
  /** Refuses to change anything. */
  readonly readOnly: boolean;
}

export interface RunCall {
  readonly kind: "run";
  readonly id: number;
  /** 0 is the thread's own connection; others are opened when they are first named. */
  readonly connection: number;
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly isRead: boolean;
}

/** Rows of a statement are read as they are asked for. The cursor is called by the id of this call. */
export interface OpenCall {
  readonly kind: "open";
  readonly id: number;
  readonly connection: number;
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** The next rows of a cursor, or of a result that was too large for one message. */
export interface NextCall {
  readonly kind: "next";
  readonly id: number;
  readonly cursor: number;
  readonly size: number;
}

/** No reply is made to these. */
export interface CloseCall {
  /** "close" ends the thread. */
  readonly kind: "close-cursor" | "close";
  readonly id: number;
}

export type SqliteCall = RunCall | OpenCall | NextCall | CloseCall;

/** What SQLite says of a statement that failed. */
export interface SqliteFailure {
  readonly message: string;
  readonly code: string;
  readonly errcode: number | undefined;
}

export interface SqliteReply {
  readonly id: number;
  readonly packed?: PackedRows;
  readonly affected?: bigint;
  readonly insertId?: bigint;
  /** More rows can be asked for by the id of the call. */
  readonly more?: true;
  readonly failure?: SqliteFailure;
}

/** Rows in one message: more would hold the main thread while it unpacks them. */
export const rowsInMessage = 200;
