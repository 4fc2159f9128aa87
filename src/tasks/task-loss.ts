/** The failure of a run whose process was lost. */

import type { TaskFailure } from "./task-record.ts";

/** Of a run whose lease has ended without a word. */
export function buildLoss(attempt: number, now: number): TaskFailure {
  const message = "The process that ran it was lost, or could not renew its lease.";
  return { attempt, at: now, name: "WorkerLost", message, lost: true };
}
