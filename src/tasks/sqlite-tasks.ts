/** Tasks in a SQLite file: durable, shared by the processes of one machine, and never on the event loop. */

import { CheckedOptions } from "../errors/checked-options.ts";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { enqueueSteps } from "./enqueue-statements.ts";
import type { RenewedClaim } from "./renewed-claims.ts";
import { isBusy, type FromTaskThread, type ThreadFailure } from "./sqlite-task-messages.ts";
import { SqliteTaskThread } from "./sqlite-task-thread.ts";
import type { StoredTask, TaskState } from "./task-record.ts";
import type {
  ClaimReference,
  ClaimRequest,
  ClaimResult,
  EnqueuedTask,
  NewTask,
  Outcome,
  QueueFigures,
  RequeueFilter,
  ScheduleDeclaration,
  TaskCapability,
  TaskDriver,
  TaskFilter,
  TaskPage,
  TaskSession,
  TaskStore,
  TaskStoreListener,
} from "./task-store.ts";

export interface SqliteTasksOptions {
  /** The path, relative to the working directory; it may be the file of the app's database. Never on a network drive. */
  readonly file: string;
  /** Milliseconds to wait for the transaction of another process; 5,000 by default. */
  readonly busyTimeout?: number;
}

/** A store in a SQLite file, in a thread of its own. @throws ApusError APUS_BAD_OPTION */
export function sqliteTasks(options: SqliteTasksOptions): TaskDriver {
  const check = new CheckedOptions("sqliteTasks", options, ["file", "busyTimeout"]);
  // Above a third of the shortest lease that makes sense, waiting would lose leases.
  check.whole("busyTimeout", 0, 10_000);
  const { file, busyTimeout = 5_000 } = options;
  if (typeof file !== "string" || file === "" || file === ":memory:") {
    check.refuse("file", `the path of a file; for tasks in memory write taskQueue({ url: "memory:" })`);
  }
  return {
    name: "SQLite",
    connect: (listener, { lease }) => SqliteTaskStore.open({ file, busyTimeout, lease }, listener),
  };
}

interface FileSettings {
  readonly file: string;
  readonly busyTimeout: number;
  readonly lease: number;
}

class SqliteTaskStore implements TaskStore {
  readonly capabilities: ReadonlySet<TaskCapability> = new Set([
    "transactions",
    "unique",
    "priority",
    "expiry",
    "concurrency-per-key",
    "rate",
    "flows",
    "schedules",
    "progress",
    "pause",
    "cancel-running",
  ]);
  readonly #listener: TaskStoreListener;
  readonly #thread: SqliteTaskThread;
  readonly #held = new Map<string, RenewedClaim>();
  #path = "";

  static async open(settings: FileSettings, listener: TaskStoreListener): Promise<SqliteTaskStore> {
    const store = new SqliteTaskStore(settings, listener);
    try {
      store.#path = await store.#thread.open();
    } catch (cause) {
      await store.close();
      const { message } = cause as Error;
      const remedy = "check that its folder exists and may be written to";
      throw new ApusError(
        "APUS_TASK_STORE",
        `The file of tasks ${settings.file} cannot be opened (${message}): ${remedy}.`,
        { cause },
      );
    }
    return store;
  }

  private constructor(settings: FileSettings, listener: TaskStoreListener) {
    this.#listener = listener;
    this.#thread = new SqliteTaskThread(settings, {
      told: (message) => this.#hear(message),
      listHeld: () => [...this.#held.values()],
      translate: translateFailure,
    });
  }

  now(): number {
    return Date.now();
  }

  enqueue(tasks: readonly NewTask[], within?: TaskSession): Promise<readonly EnqueuedTask[]> {
    return within === undefined ? this.#thread.call("enqueue", tasks) : this.#enqueueWithin(tasks, within);
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    const result = await this.#thread.call("claim", request);
    for (const { id, fence, task } of result.claims) {
      const holdFor = request.demands.find(({ name }) => name === task)?.holdFor;
      this.#held.set(id, { id, fence, until: holdFor === undefined ? undefined : Date.now() + holdFor });
    }
    return result;
  }

  async settle({ id, fence }: ClaimReference, outcome: Outcome): Promise<boolean> {
    const isSettled = await this.#thread.call("settle", { id, fence }, outcome);
    if (this.#held.get(id)?.fence === fence) this.#held.delete(id);
    return isSettled;
  }

  progress({ id, fence }: ClaimReference, value: string): Promise<void> {
    return this.#thread.call("progress", { id, fence }, value);
  }

  cancel(id: string): Promise<TaskState | undefined> {
    return this.#thread.call("cancel", id);
  }

  get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    return this.#thread.call("get", ids);
  }

  ended(ids: readonly string[]): Promise<readonly string[]> {
    return this.#thread.call("ended", ids);
  }

  list(filter: TaskFilter): Promise<TaskPage> {
    return this.#thread.call("list", filter);
  }

  requeue(filter: RequeueFilter): Promise<number> {
    return this.#thread.call("requeue", filter);
  }

  pause(queue: string | undefined, isPaused: boolean): Promise<void> {
    return this.#thread.call("pause", queue, isPaused);
  }

  stats(): Promise<readonly QueueFigures[]> {
    return this.#thread.call("stats");
  }

  schedules(declared: readonly ScheduleDeclaration[]): Promise<readonly number[]> {
    return this.#thread.call("schedules", declared);
  }

  fire(schedule: string, dueAt: number, task: NewTask | undefined): Promise<boolean> {
    return this.#thread.call("fire", schedule, dueAt, task);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  /** The same statements, run by the session: its transaction decides. */
  async #enqueueWithin(tasks: readonly NewTask[], session: TaskSession): Promise<readonly EnqueuedTask[]> {
    await this.#checkSession(session);
    const steps = enqueueSteps(tasks, Date.now());
    let step = steps.next();
    while (step.done !== true) {
      const { rows } = await session.execute(step.value.text, step.value.parameters);
      step = steps.next(rows);
    }
    session.afterCommit?.(() => this.#listener.changed());
    return step.value;
  }

  async #checkSession(session: TaskSession): Promise<void> {
    const remedy = "give the queue the url of the session's database";
    if (session.dialect !== "sqlite") {
      const message = `A task in a SQLite file cannot be part of a transaction of ${session.dialect}: ${remedy}.`;
      throw new ApusError("APUS_TASK_STORE", message);
    }
    const { rows } = await session.execute("PRAGMA database_list");
    const file = rows.find(({ name }) => name === "main")?.["file"];
    if (file === this.#path) return;
    const message = `The session belongs to the database ${JSON.stringify(file)}, and the tasks are in ${JSON.stringify(this.#path)}: ${remedy}.`;
    throw new ApusError("APUS_TASK_STORE", message);
  }

  #hear({ changed, lost, cancelling, failure }: FromTaskThread): void {
    for (const { id, fence } of lost) if (this.#held.get(id)?.fence === fence) this.#held.delete(id);
    if (lost.length > 0) this.#listener.lost(lost);
    if (cancelling.length > 0) this.#listener.cancelling(cancelling);
    if (failure !== undefined) this.#listener.failed(translateFailure(failure));
    if (changed) this.#listener.changed();
  }
}

function translateFailure(failure: ThreadFailure): Error {
  const { name, message, stack, errcode } = failure;
  const cause = Object.assign(new Error(message), { name, stack, errcode });
  if (!isBusy(failure)) return cause;
  const hint =
    "Another transaction holds the file of tasks; when it is the caller's own, enqueue with { within: session }.";
  return new HttpError(503, "Work cannot be taken on at this moment.", {
    cause: new Error(hint, { cause }),
    headers: { "retry-after": "1" },
  });
}
