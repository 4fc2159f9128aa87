/** Why a task has no result. */

import type { TaskRecord } from "./task-record.ts";

/** What came in the way of a result. */
export type TaskErrorReason = "dead" | "cancelled" | "expired" | "timeout" | "unknown" | "stopped";

/** A task that has no result: it came to nothing, is not known (any more), or was not waited for any longer. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly reason: TaskErrorReason;
  readonly taskId: string;
  /** The task at that moment; undefined when it is not known. */
  readonly record: TaskRecord | undefined;

  constructor(
    reason: TaskErrorReason,
    taskId: string,
    init: { readonly message: string; readonly record?: TaskRecord | undefined },
  ) {
    super(init.message);
    this.reason = reason;
    this.taskId = taskId;
    this.record = init.record;
  }
}
