/** The seam between task queues and what keeps their tasks: every driver behaves as this says, or says what it cannot do. */

import type { StoredTask, TaskFailure, TaskState } from "./task-record.ts";

/** What a store may be unable to do; asking for it is then an error at startup, or where it is asked for. */
export type TaskCapability =
  | "transactions"
  | "unique"
  | "priority"
  | "expiry"
  | "concurrency-per-key"
  | "rate"
  | "flows"
  | "schedules"
  | "progress"
  | "pause"
  | "cancel-running";

/** A transaction of the same database: statements as text. `apus/sql` has such sessions. */
export interface TaskSession {
  readonly dialect: string;
  execute(
    sqlText: string,
    parameters?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  afterCommit?(hook: () => unknown): void;
}

/** What makes a task the same as one that is there already. */
export interface UniqueRule {
  /** The task's name is part of it. */
  readonly key: string;
  /**
   * "reject": nothing is added while one is queued or running, or was enqueued less than `window` milliseconds ago.
   * "replace": one that is queued gets the new input, time and priority.
   * "debounce": the same; the time is always `window` milliseconds from now, which the new task's `dueAt` says.
   */
  readonly when: "reject" | "replace" | "debounce";
  readonly window: number;
}

/** A task to be added. Times are milliseconds since 1970. */
export interface NewTask {
  readonly id: string;
  readonly task: string;
  readonly queue: string;
  /** JSON. */
  readonly input: string;
  /** JSON; whose work it is. */
  readonly context: string | undefined;
  readonly priority: number;
  readonly dueAt: number;
  readonly expiresAt: number | undefined;
  /** Attempts that may fail, or be lost, without the task being dead. */
  readonly retries: number;
  /** Tasks of one name and key are limited by the claim's `perKey`. */
  readonly key: string | undefined;
  readonly unique: UniqueRule | undefined;
  /** Milliseconds that it is kept after its end; dead ones by `keepDead`. */
  readonly keep: number;
  readonly keepDead: number;
  /** Ids of tasks of the same batch that must be done before; it is "waiting" until then, and cancelled when one is not. */
  readonly after: readonly string[];
  /** How it is given the results of those: not at all, as its input (""), or as a member of its input (the name). */
  readonly pass: string | undefined;
}

/** What became of a task that was to be added: a unique one may be there already. */
export interface EnqueuedTask {
  readonly id: string;
  /** Whether it is new. */
  readonly created: boolean;
}

/** What a process can run of one name at this moment. */
export interface TaskDemand {
  readonly name: string;
  /** At most so many. */
  readonly free: number;
  /** Runs of one key at a time, in all processes. */
  readonly perKey: number | undefined;
  /** Starts within any `per` milliseconds, in all processes. */
  readonly rate: { readonly limit: number; readonly per: number } | undefined;
  /** Milliseconds after which the lease of a run is no longer renewed; undefined: as long as the process lives. */
  readonly holdFor: number | undefined;
}

export interface ClaimRequest {
  readonly demands: readonly TaskDemand[];
  /** Only of these queues; undefined: of all. */
  readonly queues: readonly string[] | undefined;
  /** At most so many: never more than there are free slots. */
  readonly count: number;
}

/** One run of a task, as its store knows it: nothing that a later run began can be settled by it. */
export interface ClaimReference {
  readonly id: string;
  /** Different for each run of a task. */
  readonly fence: number;
}

export interface Claim extends ClaimReference {
  readonly task: string;
  readonly queue: string;
  readonly input: string;
  readonly context: string | undefined;
  /** From 1; runs that were handed back do not count. */
  readonly attempt: number;
  readonly dueAt: number;
  readonly pass: string | undefined;
  /** Results of the tasks it came after, as JSON, in their order. */
  readonly previous: readonly string[];
}

export interface ClaimResult {
  /** Most urgent first. */
  readonly claims: readonly Claim[];
  /** When to ask again at the latest; undefined when nothing is known that could become due. */
  readonly nextAt: number | undefined;
}

/** How a run ended. `result` is JSON. */
export type Outcome =
  | { readonly kind: "done"; readonly result: string }
  | { readonly kind: "retry"; readonly failure: TaskFailure; readonly delay: number }
  | { readonly kind: "dead"; readonly failure: TaskFailure }
  | { readonly kind: "cancelled" }
  /** Handed back: it runs again at once, and this run does not count. */
  | { readonly kind: "released" };

export interface TaskFilter {
  readonly state?: TaskState | undefined;
  readonly task?: string | undefined;
  readonly queue?: string | undefined;
  /** From 1 to 1,000. */
  readonly limit: number;
  /** Of the page before. */
  readonly cursor?: string | undefined;
}

/** Newest first. */
export interface TaskPage<Row = StoredTask> {
  readonly tasks: readonly Row[];
  /** Undefined on the last page. */
  readonly cursor: string | undefined;
}

/** Which tasks that have come to nothing are to run again. */
export interface RequeueFilter {
  readonly states: readonly TaskState[];
  readonly ids?: readonly string[] | undefined;
  readonly task?: string | undefined;
  readonly limit: number;
}

/** How many tasks of a queue there are, by state. */
export interface QueueFigures {
  readonly queue: string;
  readonly isPaused: boolean;
  /** Due now. */
  readonly queued: number;
  /** Due later. */
  readonly delayed: number;
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly dead: number;
  readonly cancelled: number;
  readonly expired: number;
  /** Milliseconds that the one due longest has waited. */
  readonly lag: number;
}

/** A schedule that was declared. */
export interface ScheduleDeclaration {
  readonly name: string;
  /** When any of this changes, runs missed under the old one are forgotten. */
  readonly definition: string;
}

/** What a store tells by itself. */
export interface TaskStoreListener {
  /** Something was added, settled or resumed, here or in another process. */
  changed(): void;
  /** Runs whose lease is gone: another process may run them now. */
  lost(claims: readonly ClaimReference[]): void;
  /** Runs that somebody wants to be cancelled. */
  cancelling(claims: readonly ClaimReference[]): void;
  /** What the store does by itself has failed. */
  failed(error: unknown): void;
}

/**
 * An open store. It renews the leases of what was claimed, from where user code cannot block it, until that is settled or
 * the store is closed: what is claimed then is lost, and runs again when the lease has ended.
 */
export interface TaskStore {
  readonly capabilities: ReadonlySet<TaskCapability>;
  /** The store's clock, in milliseconds since 1970. */
  now(): number;
  /** All or none. With a session, within its transaction. @throws ApusError APUS_TASK_STORE for another database's session */
  enqueue(tasks: readonly NewTask[], within?: TaskSession): Promise<readonly EnqueuedTask[]>;
  claim(request: ClaimRequest): Promise<ClaimResult>;
  /** False when the run has lost its lease and somebody else has taken over: then nothing has happened. */
  settle(claim: ClaimReference, outcome: Outcome): Promise<boolean>;
  /** `value` is JSON. */
  progress(claim: ClaimReference, value: string): Promise<void>;
  /** Cancels what has not begun, and asks for what runs to be cancelled; the state after it, undefined for an unknown id. */
  cancel(id: string): Promise<TaskState | undefined>;
  /** In the order of the ids. */
  get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]>;
  /** Those of the ids that have ended, or are not known. */
  ended(ids: readonly string[]): Promise<readonly string[]>;
  list(filter: TaskFilter): Promise<TaskPage>;
  /** Makes them due now, their failures not counted; gives how many. */
  requeue(filter: RequeueFilter): Promise<number>;
  /** For all processes; undefined: every queue. */
  pause(queue: string | undefined, isPaused: boolean): Promise<void>;
  stats(): Promise<readonly QueueFigures[]>;
  /** When each was last fired, or first declared. */
  schedules(declared: readonly ScheduleDeclaration[]): Promise<readonly number[]>;
  /** Adds the task unless the schedule was fired for this time or a later one; a time without a task is passed over. */
  fire(schedule: string, dueAt: number, task: NewTask | undefined): Promise<boolean>;
  close(): Promise<void>;
}

export interface StoreSettings {
  /** Milliseconds after which what a lost process ran is run again. */
  readonly lease: number;
}

/** What a queue keeps its tasks in. */
export interface TaskDriver {
  /** For messages. */
  readonly name: string;
  connect(listener: TaskStoreListener, settings: StoreSettings): Promise<TaskStore>;
}
