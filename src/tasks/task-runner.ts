/** Takes tasks from the store as long as there are free slots, never more, and runs them. */

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { longestTime } from "../errors/checked-options.ts";
import type { Logger } from "../log/logger.ts";
import type { CompiledTask } from "./compile-task.ts";
import { RunningTask, stopGrace } from "./running-task.ts";
import type { ClaimReference, ClaimResult, TaskDemand, TaskStore } from "./task-store.ts";

export interface RunnerInit {
  readonly store: TaskStore;
  readonly tasks: ReadonlyMap<string, CompiledTask>;
  readonly log: Logger;
  /** Identifies the queue. */
  readonly queue: object;
  /** Slots of this process. */
  readonly concurrency: number;
  /** Only of these queues; undefined: of all. */
  readonly queues: readonly string[] | undefined;
  /** Hears of each run that was settled. */
  readonly onSettled: (id: string) => void;
}

/** Milliseconds after which is asked although nothing was heard, and after a question that failed. */
const longestSilence = 30_000;
const failurePause = 1_000;
/** Milliseconds that handlers have to come back when the process stops. */
const lastGrace = 1_000;

export class TaskRunner {
  readonly #init: RunnerInit;
  readonly #running = new Set<RunningTask>();
  /** Runs belong to no request, whoever has caused them. */
  readonly #outside: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();
  #isOn = false;
  #isStopping = false;
  #isAsking = false;
  #isWanted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #claiming: Promise<unknown> = Promise.resolve();

  constructor(init: RunnerInit) {
    this.#init = init;
  }

  /** How many run now. */
  get size(): number {
    return this.#running.size;
  }

  /** From now on tasks are taken as they come. */
  start(): void {
    this.#isOn = true;
    this.wake();
  }

  /** Something may be due. */
  wake(): void {
    if (!this.#isOn || this.#isStopping) return;
    this.#isWanted = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#outside(() => this.#askOn());
  }

  /** Fires the signals of these runs. */
  stopRuns(claims: readonly ClaimReference[], reason: "cancelled" | "lost"): void {
    for (const { id, fence } of claims) {
      for (const run of this.#running) if (run.claim.id === id && run.claim.fence === fence) run.stop(reason);
    }
  }

  /** Runs what is due, and what that makes due, until nothing is left; gives how many runs that were. */
  async drain(): Promise<number> {
    let count = 0;
    while (!this.#isStopping) {
      const claimed = await this.#outside(() => this.#claim());
      count += claimed.claims.length;
      if (claimed.claims.length === 0 && this.#running.size === 0) break;
      if (this.#running.size > 0) await Promise.race([...this.#running].map(({ ended }) => ended));
    }
    return count;
  }

  /** Takes nothing more; waits for what runs, and hands back what has not ended within `patience` milliseconds. */
  async stop(patience: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#claiming;
    if (await this.#waitForAll(patience)) return;
    for (const run of this.#running) run.stop("stopping", lastGrace);
    await Promise.allSettled([...this.#running].map(({ settled }) => settled));
  }

  /** Asks as long as something may be due and slots are free. */
  async #askOn(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isStopping) {
        // Runs that end in the same turn give back their slots together, and are followed by one question.
        await setImmediate();
        this.#isWanted = false;
        const free = this.#countFree();
        if (free <= 0) break;
        const { claims, nextAt } = await this.#claim();
        if (claims.length >= free) this.#isWanted = true;
        this.#plan(nextAt === undefined ? longestSilence : Math.max(nextAt - this.#init.store.now(), 1));
      }
    } catch (error) {
      this.#init.log.error("Tasks could not be taken from their store", { error });
      this.#plan(failurePause);
    } finally {
      this.#isAsking = false;
    }
    // It may have been woken between the last question and now.
    if (this.#isWanted && this.#countFree() > 0) this.wake();
  }

  /** One at a time, so that two never count the same slots as free. */
  #claim(): Promise<ClaimResult> {
    const claiming = this.#claiming.then(() => this.#claimOnce());
    this.#claiming = claiming.catch(() => {});
    return claiming;
  }

  async #claimOnce(): Promise<ClaimResult> {
    const { store, queues } = this.#init;
    const result = await store.claim({ demands: this.#listDemands(), queues, count: this.#countFree() });
    for (const claim of result.claims) {
      if (this.#isStopping) await store.settle(claim, { kind: "released" }).catch(() => false);
      else this.#run(claim);
    }
    return result;
  }

  #run(claim: RunningTask["claim"]): void {
    const { store, log, queue, tasks } = this.#init;
    const run = new RunningTask({ claim, compiled: tasks.get(claim.task) as CompiledTask, store, log, queue });
    this.#running.add(run);
    void run.settled.then(() => this.#init.onSettled(claim.id));
    void run.ended.then(() => {
      this.#running.delete(run);
      this.wake();
    });
  }

  #countFree(): number {
    return this.#init.concurrency - this.#running.size;
  }

  #listDemands(): readonly TaskDemand[] {
    const counts = new Map<string, number>();
    for (const { claim } of this.#running) counts.set(claim.task, (counts.get(claim.task) ?? 0) + 1);
    const free = this.#countFree();
    return [...this.#init.tasks.values()].flatMap(({ task: { name, settings } }) => {
      const own = Math.min(free, settings.concurrency - (counts.get(name) ?? 0));
      const { timeout, rate, keyOf, perKey } = settings;
      // Whoever is still at it then has blocked its thread, and another process is to try.
      const holdFor = timeout === undefined ? undefined : timeout + 2 * stopGrace;
      return own <= 0 ? [] : [{ name, free: own, perKey: keyOf === undefined ? undefined : perKey, rate, holdFor }];
    });
  }

  #plan(pause: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopping || !this.#isOn) return;
    this.#timer = setTimeout(() => this.wake(), Math.min(pause, longestSilence, longestTime));
  }

  /** Whether all have ended in time. */
  async #waitForAll(patience: number): Promise<boolean> {
    if (this.#running.size === 0) return true;
    const { promise, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), patience);
    const all = Promise.allSettled([...this.#running].map(({ ended }) => ended)).then(() => true);
    const isDone = await Promise.race([all, promise]);
    clearTimeout(timer);
    return isDone;
  }
}
