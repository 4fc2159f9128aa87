/** What a task queue and the thread of its SQLite file say to each other: batches of calls, and batches of replies. */

import type { TaskFileInit, SqliteTaskFile } from "./sqlite-task-file.ts";
import type { RenewedClaim } from "./renewed-claims.ts";
import type { ClaimReference } from "./task-store.ts";

/** What can be asked of the file as it is. */
export type TaskFileMethod = Exclude<
  {
    [Name in keyof SqliteTaskFile]: SqliteTaskFile[Name] extends (...given: never[]) => unknown ? Name : never;
  }[keyof SqliteTaskFile],
  "renew" | "listCancelling"
>;

export interface OpenFile extends TaskFileInit {
  /** Claims of a thread that was lost, to be renewed by this one. */
  readonly held: readonly RenewedClaim[];
}

export type TaskFileCall =
  | { readonly id: number; readonly method: "open"; readonly given: readonly [OpenFile] }
  | { readonly id: number; readonly method: TaskFileMethod; readonly given: readonly unknown[] };

/** An error as it crosses over from a thread. */
export interface ThreadFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly errcode: number | undefined;
}

export type TaskFileReply = { readonly id: number; readonly value?: unknown; readonly failure?: ThreadFailure };

/** One message of the thread. */
export interface FromTaskThread {
  readonly replies: readonly TaskFileReply[];
  /** Whether something was added, settled or resumed, here or by another connection. */
  readonly changed: boolean;
  readonly lost: readonly ClaimReference[];
  readonly cancelling: readonly ClaimReference[];
  /** What the thread did by itself and could not. */
  readonly failure?: ThreadFailure;
}

export function describeThreadFailure(error: unknown): ThreadFailure {
  const { name = "Error", message = String(error), stack, errcode } = error as Partial<ThreadFailure>;
  return { name, message, stack, errcode };
}

/** SQLite's primary result code for "somebody else holds the lock" (sqlite.org/rescode.html#busy). */
const busyCode = 5;

export function isBusy({ errcode }: ThreadFailure): boolean {
  return errcode !== undefined && (errcode & 0xff) === busyCode;
}
