/** A queue that has been started: its store, its compiled tasks, and what runs them. */

import { AppScope } from "../dependencies/app-scope.ts";
import type { DependencyParts } from "../dependencies/compile-dependencies.ts";
import { Replacements } from "../dependencies/replacements.ts";
import { ApusError } from "../errors/apus-error.ts";
import { createConsoleWriter } from "../log/console-writer.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { buildNewTask } from "./build-new-task.ts";
import { compileTask, type CompiledTask } from "./compile-task.ts";
import type { QueueSettings } from "./queue-options.ts";
import { TaskError } from "./task-error.ts";
import { TaskRunner } from "./task-runner.ts";
import { TaskSchedules } from "./task-schedules.ts";
import type { AnyTask } from "./task.ts";
import type { TaskCapability, TaskDriver, TaskStore, TaskStoreListener } from "./task-store.ts";
import { TaskWaiters } from "./task-waiters.ts";

/** What a queue lives in: an app, or nothing. */
export interface TaskHost {
  readonly log: Logger;
  /** Of the app; what lives as long as the app is shared with its requests. */
  readonly dependencies: DependencyParts;
}

export interface OpenQueue {
  readonly store: TaskStore;
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  readonly runner: TaskRunner;
  readonly schedules: TaskSchedules;
  readonly waiters: TaskWaiters;
  readonly log: Logger;
  /** Ends what was made for this queue alone. */
  readonly close: () => Promise<void>;
}

/** @throws ApusError for whatever is wrong with a task or the store */
export async function openQueue(
  queue: object,
  settings: QueueSettings,
  host: TaskHost | undefined,
): Promise<OpenQueue> {
  const log = host?.log ?? settings.log ?? createLogger(createConsoleWriter({ pretty: process.stdout.isTTY }), "warn");
  const replacements = new Replacements();
  const own = host === undefined ? new AppScope(log, replacements) : undefined;
  const dependencies = host?.dependencies ?? { replacements, appScope: own as AppScope };
  const tasks = new Map<string, CompiledTask>();
  for (const [name, task] of settings.tasks) tasks.set(name, await compileTask(task, dependencies));
  const driver = await settings.findDriver();
  const parts = await connect(driver, { queue, settings, tasks, log });
  const { store, waiters } = parts;
  const close = async (): Promise<void> => {
    waiters.close(new TaskError("stopped", "", { message: "The queue was stopped; the task goes on elsewhere." }));
    await store.close();
    await own?.end();
  };
  try {
    checkCapabilities(driver.name, store, settings.tasks.values());
    if (settings.run) for (const compiled of tasks.values()) await compiled.dependencies?.current();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...parts, tasks, log, close };
}

interface ConnectInit {
  readonly queue: object;
  readonly settings: QueueSettings;
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  readonly log: Logger;
}

type ConnectedParts = Pick<OpenQueue, "store" | "runner" | "schedules" | "waiters">;

/** Opens the store, and tells what it says to those whom it concerns. */
async function connect(driver: TaskDriver, { queue, settings, tasks, log }: ConnectInit): Promise<ConnectedParts> {
  // What the store says before all of it is there concerns nobody.
  const known: { parts?: ConnectedParts } = {};
  const listener: TaskStoreListener = {
    changed: () => {
      known.parts?.runner.wake();
      known.parts?.waiters.notice();
      void known.parts?.schedules.check();
    },
    lost: (claims) => known.parts?.runner.stopRuns(claims, "lost"),
    cancelling: (claims) => known.parts?.runner.stopRuns(claims, "cancelled"),
    failed: (error) => log.error("The store of tasks has failed", { error }),
  };
  const store = await driver.connect(listener, { lease: settings.lease });
  const waiters = new TaskWaiters(store);
  const { concurrency, queues } = settings;
  const onSettled = (id: string): void => waiters.end(id);
  const runner = new TaskRunner({ store, tasks, log, queue, concurrency, queues, onSettled });
  const plain = { priority: undefined, unique: undefined, within: undefined };
  const schedules = new TaskSchedules({
    store,
    log,
    build: ({ task, input }, dueAt) => buildNewTask(tasks.get(task) as CompiledTask, input, { ...plain, dueAt }),
  });
  known.parts = { store, runner, schedules, waiters };
  return known.parts;
}

/** What the declarations of tasks need of a store. */
function checkCapabilities(driver: string, store: TaskStore, tasks: Iterable<AnyTask>): void {
  for (const { name, settings } of tasks) {
    const needed: readonly (readonly [isNeeded: boolean, capability: TaskCapability])[] = [
      [settings.rate !== undefined, "rate"],
      [settings.keyOf !== undefined, "concurrency-per-key"],
      [settings.expires !== undefined, "expiry"],
      [settings.priority !== 0, "priority"],
    ];
    for (const [isNeeded, capability] of needed) {
      if (isNeeded) checkCapability(store, capability, `The task "${name}", in a store of ${driver}`);
    }
  }
}

const names: Readonly<Record<TaskCapability, string>> = {
  transactions: "tasks within a transaction",
  unique: "unique tasks",
  priority: "priorities",
  expiry: "tasks that expire",
  "concurrency-per-key": "limits per key",
  rate: "rates",
  flows: "flows",
  schedules: "schedules",
  progress: "progress",
  pause: "pauses",
  "cancel-running": "cancelling what runs",
};

/** @throws ApusError APUS_TASK_STORE */
export function checkCapability(store: TaskStore, capability: TaskCapability, where: string): void {
  if (store.capabilities.has(capability)) return;
  const remedy =
    capability === "transactions"
      ? "give taskQueue() the url of the session's database"
      : "leave that out, or choose another store";
  const message = `${where}: this store has no ${names[capability]}; ${remedy}.`;
  throw new ApusError("APUS_TASK_STORE", message);
}
