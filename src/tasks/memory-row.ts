/** A task in the memory store, with what only the store knows of it. */

import type { StoredTask, TaskFailure } from "./task-record.ts";
import type { NewTask } from "./task-store.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export interface MemoryRow extends Mutable<StoredTask> {
  readonly seq: number;
  errors: readonly TaskFailure[];
  readonly key: string | undefined;
  readonly unique: string | undefined;
  readonly keep: number;
  readonly keepDead: number;
  keepUntil: number | undefined;
  fence: number;
  leaseUntil: number;
  readonly after: readonly string[];
  readonly pass: string | undefined;
  /** Tasks before it that are not done. */
  pending: number;
  /** Whether it was cancelled because one before it came to nothing. */
  wasBlocked: boolean;
}

export function buildMemoryRow(given: NewTask, seq: number, now: number): MemoryRow {
  const { id, task, queue, input, context, priority, dueAt, expiresAt, retries, key, keep, keepDead, after, pass } =
    given;
  return {
    id,
    task,
    queue,
    input,
    context,
    priority,
    dueAt,
    expiresAt,
    retries,
    key,
    keep,
    keepDead,
    after,
    pass,
    seq,
    state: after.length > 0 ? "waiting" : "queued",
    unique: given.unique?.key,
    failures: 0,
    errors: [],
    isCancelling: false,
    enqueuedAt: now,
    startedAt: undefined,
    endedAt: undefined,
    result: undefined,
    progress: undefined,
    keepUntil: undefined,
    fence: 0,
    leaseUntil: 0,
    pending: after.length,
    wasBlocked: false,
  };
}

/** What others may see of it. */
export function readStoredTask(row: MemoryRow): StoredTask {
  const { id, task, queue, state, input, result, progress, context, priority, failures, retries, errors } = row;
  const { isCancelling, enqueuedAt, dueAt, startedAt, endedAt, expiresAt } = row;
  const times = { enqueuedAt, dueAt, startedAt, endedAt, expiresAt };
  return {
    id,
    task,
    queue,
    state,
    input,
    result,
    progress,
    context,
    priority,
    failures,
    retries,
    errors,
    isCancelling,
    ...times,
  };
}
