/** What went wrong in a database, told apart by the codes of PostgreSQL (appendix A) and SQLite (sqlite.org/rescode.html). */

import { HttpError } from "../errors/http-error.ts";

interface CodedFailure {
  readonly code?: unknown;
  readonly errcode?: unknown;
}

/** Transactions that got in each other's way: the whole of one may be tried again. */
const conflictStates: ReadonlySet<unknown> = new Set(["40001", "40P01"]);
/** SQLITE_BUSY and SQLITE_LOCKED, without what their extended codes add. */
const conflictCodes: ReadonlySet<number> = new Set([5, 6]);

/** Failures that no code tells apart from others. */
const conflicts = new WeakSet<object>();

/** Says of a failure that the whole transaction may be tried again; gives it back. */
export function markConflict(error: unknown): unknown {
  conflicts.add(error as object);
  return error;
}

/** Whether a transaction failed because of another one, so that the same again may succeed. */
export function isConflict(error: unknown): boolean {
  if (typeof error === "object" && error !== null && conflicts.has(error)) return true;
  const { code, errcode } = readCodes(error);
  return conflictStates.has(code) || (typeof errcode === "number" && conflictCodes.has(errcode % 256));
}

/** Whether a row was refused because another one has the same value where values must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = readCodes(error);
  return code === "23505" || errcode === 2067 || errcode === 1555 || errcode === 2579;
}

/** Whether a row was refused because of a reference: it points to no row, or another row points to it. */
export function isReferenceViolation(error: unknown): boolean {
  const { code, errcode } = readCodes(error);
  return code === "23503" || code === "23001" || errcode === 787;
}

/** The answer to a request whose transaction lost against others; any other error as it is. */
export function answerConflict(error: unknown): unknown {
  if (!isConflict(error)) return error;
  const detail = "Others have changed the same data at the same time. Try again.";
  return new HttpError(503, { detail }, { cause: error, headers: { "retry-after": "1" } });
}

/** The answer while the database is not there. */
export function answerUnreachable(cause: unknown): HttpError {
  const detail = "The database cannot be reached.";
  return new HttpError(503, { detail }, { cause, headers: { "retry-after": "1" } });
}

function readCodes(error: unknown): CodedFailure {
  return typeof error === "object" && error !== null ? error : {};
}
