/** A queue of tasks: takes them, runs them here or leaves them to other processes, and tells what becomes of them. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { findCaller } from "../errors/declared-at.ts";
import { isInsideWorker } from "../workers/inside-worker.ts";
import { buildNewTask } from "./build-new-task.ts";
import type { CompiledTask } from "./compile-task.ts";
import { parseDuration, type Duration } from "./duration.ts";
import { readEnqueueOptions, type EnqueueOptions } from "./enqueue-options.ts";
import type { FlowPart } from "./flow.ts";
import { checkCapability, openQueue, type OpenQueue, type TaskHost } from "./open-queue.ts";
import { placeFlow } from "./place-flow.ts";
import { readQueueOptions, type QueueSettings, type TaskQueueOptions } from "./queue-options.ts";
import { bindTasks, currentQueue, unbindTasks } from "./task-bindings.ts";
import { StoredHandle, type TaskHandle } from "./task-handle.ts";
import { readRecord, taskStates, type TaskRecord } from "./task-record.ts";
import { readSchedule, type DeclaredSchedule, type ScheduleOptions, type ScheduleRecord } from "./task-schedules.ts";
import type { NewTask, QueueFigures, TaskCapability, TaskFilter, TaskPage, TaskSession } from "./task-store.ts";
import type { AnyTask, EnqueueArguments, Task } from "./task.ts";

/** Which tasks to list. */
export type ListOptions = Partial<TaskFilter>;

/** Which dead tasks are to run again. */
export interface ReplayOptions {
  readonly task?: string;
  /** At most so many, oldest first; 1,000 by default. */
  readonly limit?: number;
}

export class TaskQueue {
  readonly #settings: QueueSettings;
  readonly #schedules: DeclaredSchedule[] = [];
  #starting: Promise<OpenQueue> | undefined;
  #stopping: Promise<void> | undefined;
  #open: OpenQueue | undefined;

  constructor(options: TaskQueueOptions) {
    this.#settings = readQueueOptions(options);
  }

  /**
   * Opens the store and, unless `run` is false, begins to run tasks; once, however often it is called. An app does it.
   * @throws ApusError for whatever is wrong with a task or the store
   */
  async start(host?: TaskHost): Promise<void> {
    // A worker that imports the module which starts a queue is there for one function, not for the queue.
    if (isInsideWorker()) return;
    await this.#stopping;
    this.#starting ??= this.#start(host).catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    await this.#starting;
  }

  /** Takes nothing more, waits for what runs, hands back what has not ended in time, and closes the store. */
  stop(options: { readonly timeout?: Duration } = {}): Promise<void> {
    const { timeout = this.#settings.stopTimeout } = options;
    const patience = parseDuration("stop({ timeout })", timeout);
    this.#stopping ??= this.#stop(patience).finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** What `task.enqueue()` does, for a task that is in several queues. @throws ApusError as that does */
  async enqueue<Input, Output>(
    task: Task<Input, Output>,
    ...given: EnqueueArguments<Input>
  ): Promise<TaskHandle<Output>> {
    const [input, options] = given as readonly [unknown, EnqueueOptions?];
    const [handle] = await this.#enqueue(task, [input], options);
    return handle as TaskHandle<Output>;
  }

  /** What `task.enqueueAll()` does. @throws ApusError as that does */
  async enqueueAll<Input, Output>(
    task: Task<Input, Output>,
    inputs: readonly Input[],
    options?: EnqueueOptions,
  ): Promise<readonly TaskHandle<Output>[]> {
    return (await this.#enqueue(task, inputs, options)) as readonly TaskHandle<Output>[];
  }

  /** What `enqueue()` of a flow does; handles of its last steps. @throws ApusError as that does */
  async enqueueFlow(part: FlowPart): Promise<readonly TaskHandle[]> {
    const { store } = this.#opened("enqueueFlow()");
    checkCapability(store, "flows", "A flow");
    const now = store.now();
    const plain = { dueAt: now, priority: undefined, unique: undefined, within: undefined };
    const { tasks, ends } = await placeFlow(part, (step, isGivenResults) => {
      const compiled = this.#find(step.task as AnyTask);
      // What is not all there yet can only be validated when it runs.
      return buildNewTask(
        isGivenResults ? { ...compiled, input: compiled.input && anything } : compiled,
        step.input,
        plain,
      );
    });
    await this.#add(tasks, undefined);
    return ends.ids.map((id) => this.#handle(id, true));
  }

  /**
   * Enqueues the task whenever a cron pattern is due, in one of all the processes that run this queue.
   * @throws ApusError APUS_BAD_OPTION; at the start APUS_MISSING_PACKAGE, APUS_TASK_INPUT
   */
  schedule<Input>(cron: string, task: Task<Input>, options: ScheduleOptions<NoInfer<Input>> = {}): this {
    const declared = readSchedule(cron, { task: task.name, declaredAt: findCaller() }, options);
    if (this.#settings.tasks.get(task.name) !== task) this.#refuseTask(task);
    if (this.#starting !== undefined) {
      throw new ApusError(
        "APUS_TASK_QUEUE",
        `${declared.where} came too late: declare schedules before the queue starts.`,
      );
    }
    if (this.#schedules.some(({ name }) => name === declared.name)) {
      const remedy = "give one of them another name";
      throw new ApusError(
        "APUS_BAD_OPTION",
        `${declared.where}: there is a schedule "${declared.name}" already; ${remedy}.`,
      );
    }
    this.#schedules.push(declared);
    return this;
  }

  /** The schedules that were declared here. */
  schedules(): readonly ScheduleRecord[] {
    return this.#opened("schedules()").schedules.list();
  }

  /** The handle of a task; undefined when it is not known (any more). */
  async find(id: string): Promise<TaskHandle | undefined> {
    const [row] = await this.#opened("find()").store.get([id]);
    return row === undefined ? undefined : this.#handle(id, false);
  }

  /** Newest first. @throws ApusError APUS_BAD_OPTION */
  async list(options: ListOptions = {}): Promise<TaskPage<TaskRecord>> {
    const check = new CheckedOptions("list", options, ["state", "task", "queue", "limit", "cursor"]);
    check.whole("limit", 1, 1_000);
    check.oneOf("state", taskStates);
    if (options.cursor !== undefined && !/^[\w-]{1,200}$/.test(options.cursor))
      check.refuse("cursor", "that of a page");
    const { tasks, cursor } = await this.#opened("list()").store.list({ limit: 50, ...options });
    return { tasks: tasks.map(readRecord), cursor };
  }

  /** Runs a task again that is dead, cancelled or expired; false when it is neither. */
  async retry(id: string): Promise<boolean> {
    const states = ["dead", "cancelled", "expired"] as const;
    return (await this.#opened("retry()").store.requeue({ states, ids: [id], limit: 1 })) > 0;
  }

  /** Runs dead tasks again; gives how many. */
  async replay(options: ReplayOptions = {}): Promise<number> {
    new CheckedOptions("replay", options, ["task", "limit"]).whole("limit", 1);
    const { task, limit = 1_000 } = options;
    return this.#opened("replay()").store.requeue({ states: ["dead"], task, limit });
  }

  /** No process begins tasks of this queue (of any, without a name) until `resume()`; what runs goes on. */
  async pause(queue?: string): Promise<void> {
    await this.#withCapability("pause()", "pause").store.pause(queue, true);
  }

  /** Without a name every queue goes on. */
  async resume(queue?: string): Promise<void> {
    await this.#withCapability("resume()", "pause").store.pause(queue, false);
  }

  /** How many tasks there are, by queue and state. */
  stats(): Promise<readonly QueueFigures[]> {
    return this.#opened("stats()").store.stats();
  }

  /** For tests and scripts: runs here what is due, and what that makes due, until nothing is left; gives how many runs. */
  async drain(): Promise<number> {
    const { runner, schedules } = this.#opened("drain()");
    await schedules.check();
    return runner.drain();
  }

  async #start(host: TaskHost | undefined): Promise<OpenQueue> {
    const open = await openQueue(this, this.#settings, host);
    try {
      if (this.#schedules.length > 0) checkCapability(open.store, "schedules", "schedule()");
      for (const declared of this.#schedules) await open.schedules.add(declared);
    } catch (error) {
      await open.close();
      throw error;
    }
    this.#open = open;
    bindTasks(this, [...this.#settings.tasks.values()]);
    if (this.#settings.run) {
      open.runner.start();
      open.schedules.start();
    }
    return open;
  }

  async #stop(patience: number): Promise<void> {
    const starting = this.#starting;
    if (starting === undefined) return;
    const { runner, schedules, close } = await starting;
    await schedules.stop();
    // What still runs may enqueue what comes after it.
    await runner.stop(patience);
    unbindTasks(this, [...this.#settings.tasks.values()]);
    this.#starting = undefined;
    this.#open = undefined;
    await close();
  }

  async #enqueue(
    task: AnyTask,
    inputs: readonly unknown[],
    options: EnqueueOptions = {},
  ): Promise<readonly TaskHandle[]> {
    const { store } = this.#opened(`The task "${task.name}"`);
    const compiled = this.#find(task);
    const settings = readEnqueueOptions(task.name, options, store.now());
    if (settings.unique !== undefined) checkCapability(store, "unique", "enqueue({ unique })");
    if (settings.priority !== undefined) checkCapability(store, "priority", "enqueue({ priority })");
    const tasks: NewTask[] = [];
    for (const input of inputs) tasks.push(await buildNewTask(compiled, input, settings));
    return this.#add(tasks, settings.within);
  }

  async #add(tasks: readonly NewTask[], within: TaskSession | undefined): Promise<readonly TaskHandle[]> {
    const { store, runner } = this.#opened("enqueue()");
    if (within !== undefined) checkCapability(store, "transactions", "enqueue({ within })");
    const enqueued = tasks.length === 0 ? [] : await store.enqueue(tasks, within);
    // Inside a run of this queue nobody may wait for the run to end.
    if (this.#settings.eager && currentQueue.getStore() !== this) await runner.drain();
    return enqueued.map(({ id, created }) => this.#handle(id, created));
  }

  #handle(id: string, created: boolean): TaskHandle {
    return new StoredHandle(id, created, () => this.#opened("A handle"));
  }

  #find(task: AnyTask): CompiledTask {
    const compiled = this.#opened("enqueue()").tasks.get(task.name);
    return compiled?.task === task ? compiled : this.#refuseTask(task);
  }

  #refuseTask({ name, declaredAt }: { readonly name: string; readonly declaredAt: string }): never {
    const message = `The task "${name}" at ${declaredAt} is not in this queue: list it in taskQueue({ tasks: [...] }).`;
    throw new ApusError("APUS_TASK_QUEUE", message);
  }

  #withCapability(what: string, capability: TaskCapability): OpenQueue {
    const open = this.#opened(what);
    checkCapability(open.store, capability, what);
    return open;
  }

  #opened(what: string): OpenQueue {
    if (this.#open !== undefined) return this.#open;
    const remedy = "app.tasks(queue) starts it with the app, and await queue.start() in a script";
    throw new ApusError("APUS_TASK_QUEUE", `${what}: the queue has not been started, or was stopped; ${remedy}.`);
  }
}

/** In the place of a schema when the input is not complete yet. */
const anything: NonNullable<CompiledTask["input"]> = {
  validate: (value) => ({ value }),
  input: undefined,
  output: undefined,
  source: {},
};

/** Makes a queue; it begins with `app.tasks(queue)` and the app, or with `start()`. @throws ApusError APUS_BAD_OPTION */
export function taskQueue(options: TaskQueueOptions): TaskQueue {
  return new TaskQueue(options);
}
