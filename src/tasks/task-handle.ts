/** A task that was enqueued, for those who want to know what becomes of it. */

import { requestLimits } from "../http/current-request.ts";
import { parseDuration, type Duration } from "./duration.ts";
import { TaskError } from "./task-error.ts";
import { readRecord, type StoredTask, type TaskRecord, type TaskState } from "./task-record.ts";
import type { TaskStore } from "./task-store.ts";
import type { TaskWaiters } from "./task-waiters.ts";

export interface ResultOptions {
  /** How long to wait at most; without a limit by default. */
  readonly timeout?: Duration;
  /** Ends the waiting; the one of the running request by default. */
  readonly signal?: AbortSignal;
}

export interface TaskHandle<Output = unknown> {
  readonly id: string;
  /** False when a unique one was there already: then this is the handle of that one. */
  readonly created: boolean;
  /** @throws TaskError for a task that is not known (any more) */
  state(): Promise<TaskState>;
  /** What `progress()` was told last. @throws TaskError */
  progress(): Promise<unknown>;
  /** Everything that is known. @throws TaskError */
  record(): Promise<TaskRecord>;
  /** Waits for the end. @throws TaskError when there is no result, or the time is up; the signal's reason */
  result(options?: ResultOptions): Promise<Output>;
  /** What has not begun never does; what runs has its signal fired. Gives the state after it. @throws TaskError */
  cancel(): Promise<TaskState>;
}

/** What handles ask. */
export interface HandleParts {
  readonly store: TaskStore;
  readonly waiters: TaskWaiters;
}

export class StoredHandle implements TaskHandle {
  readonly id: string;
  readonly created: boolean;
  readonly #open: () => HandleParts;

  constructor(id: string, created: boolean, open: () => HandleParts) {
    this.id = id;
    this.created = created;
    this.#open = open;
  }

  async state(): Promise<TaskState> {
    return (await this.record()).state;
  }

  async progress(): Promise<unknown> {
    return (await this.record()).progress;
  }

  async record(): Promise<TaskRecord> {
    const [row] = await this.#open().store.get([this.id]);
    return readRecord(this.#known(row));
  }

  async result({ timeout, signal }: ResultOptions = {}): Promise<unknown> {
    const { waiters } = this.#open();
    const limit = timeout === undefined ? undefined : parseDuration("result({ timeout })", timeout);
    const timer = limit === undefined ? undefined : AbortSignal.timeout(limit);
    const signals = [timer, signal ?? requestLimits().signal].filter((each) => each !== undefined);
    try {
      const row = await waiters.wait(this.id, signals.length === 0 ? undefined : AbortSignal.any(signals));
      return readResult(readRecord(this.#known(row)));
    } catch (error) {
      if (timer?.aborted !== true || error !== timer.reason) throw error;
      throw new TaskError("timeout", this.id, { message: `The task ${this.id} has not ended within ${limit} ms.` });
    }
  }

  async cancel(): Promise<TaskState> {
    const state = await this.#open().store.cancel(this.id);
    if (state === undefined) throw this.#unknown();
    return state;
  }

  #known(row: StoredTask | undefined): StoredTask {
    if (row === undefined) throw this.#unknown();
    return row;
  }

  #unknown(): TaskError {
    const message = `There is no task ${this.id}: it was never committed, or its time to be kept is over.`;
    return new TaskError("unknown", this.id, { message });
  }
}

function readResult(record: TaskRecord): unknown {
  const { id, task, state, errors, result } = record;
  if (state === "done") return result;
  const reason = state === "cancelled" || state === "expired" ? state : "dead";
  const last = errors.at(-1);
  const why = last === undefined ? "" : `: ${last.name}: ${last.message}`;
  throw new TaskError(reason, id, { message: `The task "${task}" (${id}) is ${state}${why}`, record });
}
