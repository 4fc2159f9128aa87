/** Tasks in the memory of this process: for tests, with a clock that can be moved, and for work that may be forgotten. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { readStoredTask } from "./memory-row.ts";
import { MemoryTaskClaims } from "./memory-task-claims.ts";
import { cancelRow, findRun, requeueRows, settleRow, type MemoryMoment } from "./memory-task-ends.ts";
import { everyQueue, MemoryTaskTable } from "./memory-task-table.ts";
import { RenewedClaims } from "./renewed-claims.ts";
import { systemClock, type TaskClock } from "./task-clock.ts";
import { isFinal, type StoredTask, type TaskState } from "./task-record.ts";
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

export interface MemoryTasksOptions {
  /** The computer's by default; `testClock()` for one that is moved by hand. */
  readonly clock?: TaskClock;
}

/** A store in memory; every queue that is given the same one shares its tasks. @throws ApusError APUS_BAD_OPTION */
export function memoryTasks(options: MemoryTasksOptions = {}): TaskDriver {
  new CheckedOptions("memoryTasks", options, ["clock"]).methods("clock", ["now"]);
  const { clock = systemClock } = options;
  const home = new MemoryHome(clock);
  return {
    name: "memory",
    connect: async (listener, { lease }) => new MemoryTaskStore(home, listener, lease),
  };
}

class MemoryHome {
  readonly clock: TaskClock;
  readonly table = new MemoryTaskTable();
  readonly claims: MemoryTaskClaims = new MemoryTaskClaims(this.table);
  readonly stores = new Set<MemoryTaskStore>();

  constructor(clock: TaskClock) {
    this.clock = clock;
  }
}

const capabilities: ReadonlySet<TaskCapability> = new Set([
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

/** Values of a rejected call are rejections, as with every other store: its methods are async. */
class MemoryTaskStore implements TaskStore {
  readonly capabilities: ReadonlySet<TaskCapability> = capabilities;
  readonly #home: MemoryHome;
  readonly #listener: TaskStoreListener;
  readonly #lease: number;
  readonly #renewed: RenewedClaims;
  readonly #unlisten: (() => void) | undefined;

  constructor(home: MemoryHome, listener: TaskStoreListener, lease: number) {
    this.#home = home;
    this.#listener = listener;
    this.#lease = lease;
    this.#renewed = new RenewedClaims(lease, (claims) => this.#renew(claims));
    this.#unlisten = home.clock.onMove?.(() => this.#move());
    home.stores.add(this);
  }

  now(): number {
    return this.#home.clock.now();
  }

  async enqueue(tasks: readonly NewTask[], within?: TaskSession): Promise<readonly EnqueuedTask[]> {
    if (within !== undefined) {
      const remedy = `give the queue the url of the session's database, such as "sqlite:app.db"`;
      throw new ApusError("APUS_TASK_STORE", `A task in memory cannot be part of a transaction: ${remedy}.`);
    }
    const enqueued = this.#home.table.enqueue(tasks, this.now());
    this.#tell();
    return enqueued;
  }

  async claim(request: ClaimRequest): Promise<ClaimResult> {
    const result = this.#home.claims.claim(request, this.#lease, this.now());
    for (const claim of result.claims) {
      const { holdFor } = request.demands.find(({ name }) => name === claim.task) ?? {};
      this.#renewed.add(claim, holdFor === undefined ? undefined : this.now() + holdFor);
    }
    return result;
  }

  async settle(claim: ClaimReference, outcome: Outcome): Promise<boolean> {
    this.#renewed.remove(claim);
    const row = findRun(this.#home.table, claim);
    if (row === undefined) return false;
    settleRow(this.#moment(), row, outcome);
    this.#tell();
    return true;
  }

  async progress(claim: ClaimReference, value: string): Promise<void> {
    const row = findRun(this.#home.table, claim);
    if (row !== undefined) row.progress = value;
  }

  async cancel(id: string): Promise<TaskState | undefined> {
    const row = this.#home.table.rows.get(id);
    if (row === undefined) return undefined;
    const state = cancelRow(this.#moment(), row);
    if (state === "running") for (const store of this.#home.stores) store.#listener.cancelling([row]);
    this.#tell();
    return state;
  }

  async get(ids: readonly string[]): Promise<readonly (StoredTask | undefined)[]> {
    return ids.map((id) => {
      const row = this.#home.table.rows.get(id);
      return row === undefined ? undefined : readStoredTask(row);
    });
  }

  async ended(ids: readonly string[]): Promise<readonly string[]> {
    return ids.filter((id) => isFinal(this.#home.table.rows.get(id)?.state ?? "done"));
  }

  async list(filter: TaskFilter): Promise<TaskPage> {
    return this.#home.table.list(filter);
  }

  async requeue(filter: RequeueFilter): Promise<number> {
    const count = requeueRows(this.#moment(), filter);
    this.#tell();
    return count;
  }

  async pause(queue: string | undefined, isPaused: boolean): Promise<void> {
    const { paused } = this.#home.table;
    if (isPaused) paused.add(queue ?? everyQueue);
    else if (queue === undefined) paused.clear();
    else paused.delete(queue);
    this.#tell();
  }

  async stats(): Promise<readonly QueueFigures[]> {
    return this.#home.table.stats(this.now());
  }

  async schedules(declared: readonly ScheduleDeclaration[]): Promise<readonly number[]> {
    return this.#home.table.schedules(declared, this.now());
  }

  async fire(schedule: string, dueAt: number, task: NewTask | undefined): Promise<boolean> {
    if (!this.#home.table.takeTurn(schedule, dueAt)) return false;
    if (task !== undefined) await this.enqueue([task]);
    return true;
  }

  async close(): Promise<void> {
    this.#renewed.clear();
    this.#unlisten?.();
    this.#home.stores.delete(this);
  }

  #moment(): MemoryMoment {
    return { table: this.#home.table, now: this.now() };
  }

  #tell(): void {
    for (const store of this.#home.stores) store.#listener.changed();
  }

  /** However far the clock was moved, what runs in a living process keeps its lease. */
  #move(): void {
    this.#renewed.renew();
    this.#listener.changed();
  }

  #renew(claims: readonly (ClaimReference & { readonly until: number | undefined })[]): void {
    const now = this.now();
    const lost: ClaimReference[] = [];
    for (const claim of claims) {
      const row = findRun(this.#home.table, claim);
      if (row === undefined) lost.push(claim);
      else if (claim.until === undefined || now < claim.until) row.leaseUntil = now + this.#lease;
    }
    for (const claim of lost) this.#renewed.remove(claim);
    if (lost.length > 0) this.#listener.lost(lost);
  }
}
