/** What a task queue is made of: its store by an address, its tasks, and how it runs them. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { Logger } from "../log/logger.ts";
import { parseDuration, type Duration } from "./duration.ts";
import { memoryTasks } from "./memory-tasks.ts";
import { sqliteTasks } from "./sqlite-tasks.ts";
import { isTask, type AnyTask } from "./task.ts";
import type { TaskDriver } from "./task-store.ts";

export interface TaskQueueOptions {
  /** `sqlite:tasks.db`, `memory:`, or a function that gives one when the queue starts. */
  readonly url?: string | (() => string | Promise<string>);
  /** In place of `url`: such as `memoryTasks({ clock })`. */
  readonly driver?: TaskDriver;
  /** Every task that is enqueued or run here. */
  readonly tasks: readonly AnyTask[];
  /** Whether this process runs tasks, or only enqueues them; true by default. */
  readonly run?: boolean;
  /** How many run at a time in this process; 10 by default. */
  readonly concurrency?: number;
  /** Runs only tasks of these queues; of all by default. */
  readonly queues?: readonly string[];
  /** After this time the tasks of a process that was lost run again; "25s" by default. */
  readonly lease?: Duration;
  /** How long the stop waits for running tasks before it hands them back; "10s" by default. */
  readonly stopTimeout?: Duration;
  /** For tests: whatever is enqueued and due has run when `enqueue()` returns. */
  readonly eager?: boolean;
  /** For scripts; with an app it is the app's. */
  readonly log?: Logger;
}

export interface QueueSettings {
  readonly findDriver: () => Promise<TaskDriver>;
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly run: boolean;
  readonly concurrency: number;
  readonly queues: readonly string[] | undefined;
  readonly lease: number;
  readonly stopTimeout: number;
  readonly eager: boolean;
  readonly log: Logger | undefined;
}

const optionNames = [
  "url",
  "driver",
  "tasks",
  "run",
  "concurrency",
  "queues",
  "lease",
  "stopTimeout",
  "eager",
  "log",
] as const satisfies readonly (keyof TaskQueueOptions)[];

/** @throws ApusError APUS_BAD_OPTION */
export function readQueueOptions(options: TaskQueueOptions): QueueSettings {
  const check = new CheckedOptions("taskQueue", options, optionNames);
  check.kind("run", "boolean");
  check.kind("eager", "boolean");
  check.whole("concurrency", 1, 100_000);
  check.methods("driver", ["connect"]);
  check.methods("log", ["child", "info", "error"]);
  const { url, driver, run = true, concurrency = 10, queues, eager = false, log } = options;
  if ((url === undefined) === (driver === undefined))
    check.refuse("url", `such as "sqlite:tasks.db"; or give a driver`);
  if (queues !== undefined && !(Array.isArray(queues) && queues.every((name) => typeof name === "string"))) {
    check.refuse("queues", "a list of names");
  }
  const lease = parseDuration("taskQueue({ lease })", options.lease ?? "25s");
  if (lease < 10) check.refuse("lease", "10 ms or more");
  if (typeof url === "string") parseTaskUrl(url);
  return {
    findDriver: async () => driver ?? parseTaskUrl(typeof url === "function" ? await url() : url),
    tasks: readTasks(options.tasks, check),
    stopTimeout: parseDuration("taskQueue({ stopTimeout })", options.stopTimeout ?? "10s"),
    run,
    concurrency,
    queues,
    lease,
    eager,
    log,
  };
}

function readTasks(tasks: unknown, check: CheckedOptions): ReadonlyMap<string, AnyTask> {
  if (!Array.isArray(tasks)) check.refuse("tasks", "a list of what task() gives");
  const byName = new Map<string, AnyTask>();
  for (const task of tasks as readonly unknown[]) {
    if (!isTask(task)) check.refuse("tasks", "a list of what task() gives");
    const known = byName.get(task.name);
    if (known !== undefined && known !== task) {
      const message = `taskQueue() has two tasks called "${task.name}", at ${known.declaredAt} and ${task.declaredAt}: give one of them another name.`;
      throw new ApusError("APUS_BAD_OPTION", message);
    }
    byName.set(task.name, task);
  }
  return byName;
}

/** The message never has the address in it: it may hold a password. @throws ApusError APUS_BAD_OPTION */
function parseTaskUrl(url: unknown): TaskDriver {
  if (url === "memory:") return memoryTasks();
  const file = typeof url === "string" ? /^sqlite:(?:\/\/)?(.+)$/is.exec(url)?.[1] : undefined;
  if (file === ":memory:") {
    throw new ApusError("APUS_BAD_OPTION", `taskQueue({ url }) was given "sqlite::memory:"; write "memory:" instead.`);
  }
  if (file !== undefined) return sqliteTasks({ file });
  if (typeof url === "string" && /^postgres(?:ql)?:/i.test(url)) {
    const remedy = `write "sqlite:FILE", or give a driver of your own`;
    throw new ApusError("APUS_TASK_STORE", `taskQueue({ url }) has no store in PostgreSQL yet; ${remedy}.`);
  }
  throw new ApusError("APUS_BAD_OPTION", `taskQueue({ url }) must be "sqlite:FILE" or "memory:".`);
}
