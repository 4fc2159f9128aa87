/** How tasks of the memory store end, and what that means for those that wait for them. */

import type { MemoryRow } from "./memory-row.ts";
import type { MemoryTaskTable } from "./memory-task-table.ts";
import { isFinal, keptFailures, type TaskFailure, type TaskState } from "./task-record.ts";
import type { ClaimReference, Outcome, RequeueFilter } from "./task-store.ts";

/** The tasks, and the time that it is. */
export interface MemoryMoment {
  readonly table: MemoryTaskTable;
  readonly now: number;
}

/** The row of a run that still has its lease. */
export function findRun(table: MemoryTaskTable, { id, fence }: ClaimReference): MemoryRow | undefined {
  const row = table.rows.get(id);
  return row?.state === "running" && row.fence === fence ? row : undefined;
}

export function settleRow(moment: MemoryMoment, row: MemoryRow, outcome: Outcome): void {
  const { table, now } = moment;
  switch (outcome.kind) {
    case "released":
      return table.move(row, { state: "queued", dueAt: now }, now);
    case "retry":
      addFailure(row, outcome.failure);
      return table.move(row, { state: "queued", dueAt: now + outcome.delay }, now);
    case "done":
      row.result = outcome.result;
      return endRow(moment, row, "done");
    case "dead":
      addFailure(row, outcome.failure);
      return endRow(moment, row, "dead");
    case "cancelled":
      return endRow(moment, row, "cancelled");
  }
}

/** Ends a row, and with it what can no longer run, or what it was the last one before. */
export function endRow(moment: MemoryMoment, row: MemoryRow, state: TaskState): void {
  const { table, now } = moment;
  const keepUntil = now + (state === "dead" ? row.keepDead : row.keep);
  table.move(row, { state, endedAt: now, keepUntil, isCancelling: false }, now);
  for (const dependent of table.dependents.get(row.id) ?? []) {
    if (state === "done") {
      dependent.pending -= 1;
      if (dependent.pending > 0 || dependent.state !== "waiting") continue;
      table.move(dependent, { state: "queued", dueAt: Math.max(dependent.dueAt, now) }, now);
    } else if (dependent.state === "waiting") {
      dependent.wasBlocked = true;
      endRow(moment, dependent, "cancelled");
    }
  }
}

export function addFailure(row: MemoryRow, failure: TaskFailure): void {
  row.failures += 1;
  row.errors = [...row.errors, failure].slice(-keptFailures);
}

/** The state after it. */
export function cancelRow(moment: MemoryMoment, row: MemoryRow): TaskState {
  if (row.state === "running") row.isCancelling = true;
  else if (!isFinal(row.state)) endRow(moment, row, "cancelled");
  return row.state;
}

export function requeueRows({ table, now }: MemoryMoment, filter: RequeueFilter): number {
  const { states, ids, task, limit } = filter;
  const given = ids === undefined ? [...table.rows.values()] : ids.flatMap((id) => table.rows.get(id) ?? []);
  const chosen = given
    .filter((row) => states.includes(row.state) && (task === undefined || row.task === task))
    .slice(0, limit);
  for (const row of chosen) revive(table, row, now);
  return chosen.length;
}

function revive(table: MemoryTaskTable, row: MemoryRow, now: number): void {
  if (!isFinal(row.state) || row.state === "done") return;
  const state = row.pending > 0 ? "waiting" : "queued";
  const fresh = { failures: 0, endedAt: undefined, keepUntil: undefined, expiresAt: undefined, wasBlocked: false };
  table.move(row, { ...fresh, state, dueAt: now }, now);
  for (const dependent of table.dependents.get(row.id) ?? []) if (dependent.wasBlocked) revive(table, dependent, now);
}
