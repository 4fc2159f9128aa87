/** A task that runs in this process: how it is stopped, and what it comes to when it does not stop. */

import type { CompiledTask } from "./compile-task.ts";
import { describeRun, judge, runTask } from "./run-task.ts";
import type { Logger } from "../log/logger.ts";
import type { Claim, Outcome, TaskStore } from "./task-store.ts";

/** Why a run is stopped before its end. */
export type StopReason = "timeout" | "cancelled" | "lost" | "stopping";

const words: Readonly<Record<StopReason, string>> = {
  timeout: "The time of this attempt is up.",
  cancelled: "The task was cancelled.",
  lost: "The lease of this run is lost: another process may run the task now.",
  stopping: "The process stops; the task is handed back and runs again.",
};

/** Milliseconds that a handler is given to come back after its signal has fired. */
export const stopGrace = 5_000;

/** Milliseconds between two attempts to tell the store; each waits twice as long as the one before. */
const firstPause = 100;
const longestPause = 5_000;
/** About as many as fit into a lease: after it, the store knows better. */
const settleAttempts = 12;

export interface RunningInit {
  readonly claim: Claim;
  readonly compiled: CompiledTask;
  readonly store: TaskStore;
  readonly log: Logger;
  readonly queue: object;
}

export class RunningTask {
  readonly claim: Claim;
  /** Resolves when the store knows how it ended, or does not want to know any more. */
  readonly settled: Promise<void>;
  /** Resolves when the handler has come back as well: then its slot is free. */
  readonly ended: Promise<void>;
  readonly #init: RunningInit;
  readonly #log: Logger;
  readonly #controller = new AbortController();
  readonly #overdue: PromiseWithResolvers<Outcome> = Promise.withResolvers();
  readonly #startedAt: number = performance.now();
  #reason: StopReason | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldProgress: string | undefined;
  #telling: Promise<void> | undefined;

  constructor(init: RunningInit) {
    this.#init = init;
    this.claim = init.claim;
    this.#log = init.log.child(describeRun(init.claim));
    const { timeout } = init.compiled.task.settings;
    if (timeout !== undefined) this.#timer = setTimeout(() => this.stop("timeout"), timeout);
    const work = this.#work();
    this.settled = Promise.race([work, this.#overdue.promise]).then((outcome) => this.#settle(outcome));
    this.ended = Promise.allSettled([work, this.settled]).then(() => {});
  }

  /** Fires the signal; a handler that does not come back within `grace` is not waited for. */
  stop(reason: StopReason, grace: number = stopGrace): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#overdue.resolve(this.#judgeStop(reason)), grace);
    const name = reason === "timeout" ? "TimeoutError" : "AbortError";
    this.#controller.abort(new DOMException(words[reason], name));
  }

  async #work(): Promise<Outcome> {
    const { claim, compiled, store, queue } = this.#init;
    const outcome = await runTask({
      compiled,
      claim,
      queue,
      signal: this.#controller.signal,
      log: this.#log,
      now: () => store.now(),
      tellProgress: (value) => this.#tellProgress(value),
    });
    clearTimeout(this.#timer);
    await this.#telling;
    // A handler that finished its work nevertheless has finished it.
    return this.#reason === undefined || outcome.kind === "done" ? outcome : this.#judgeStop(this.#reason);
  }

  #judgeStop(reason: StopReason): Outcome {
    if (reason === "cancelled") return { kind: "cancelled" };
    if (reason === "stopping" || reason === "lost") return { kind: "released" };
    const { claim, compiled, store } = this.#init;
    return judge({ claim, compiled, now: () => store.now() }, this.#controller.signal.reason);
  }

  async #settle(outcome: Outcome): Promise<void> {
    clearTimeout(this.#timer);
    const wasHeld = await this.#tell(outcome);
    const duration = Math.round(performance.now() - this.#startedAt);
    if (wasHeld === undefined) this.#log.error("What a task came to could not be stored; it runs again", { duration });
    else if (!wasHeld)
      this.#log.warn("A task lost its lease while it ran; what it came to does not count", { duration });
    else this.#report(outcome, duration);
  }

  /** Undefined when the store could not be reached for as long as a lease. */
  async #tell(outcome: Outcome): Promise<boolean | undefined> {
    for (let attempt = 1; attempt <= settleAttempts; attempt += 1) {
      try {
        return await this.#init.store.settle(this.claim, outcome);
      } catch (error) {
        if (attempt === 1) this.#log.warn("The store of tasks does not answer", { error });
        const pause = Math.min(longestPause, firstPause * 2 ** (attempt - 1));
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return undefined;
  }

  #report(outcome: Outcome, duration: number): void {
    if (outcome.kind === "done") this.#log.info("Task done", { duration });
    else if (outcome.kind === "cancelled") this.#log.info("Task cancelled", { duration });
    else if (outcome.kind === "released") this.#log.info("Task handed back", { duration });
    else if (outcome.kind === "dead") this.#log.error("Task dead", { duration, failure: outcome.failure });
    else this.#log.warn("Task failed, and runs again", { duration, delay: outcome.delay, failure: outcome.failure });
  }

  /** One at a time; of those that come meanwhile only the last is told. */
  #tellProgress(value: string): void {
    const isTelling = this.#toldProgress !== undefined;
    this.#toldProgress = value;
    if (!isTelling) this.#telling = this.#sendProgress();
  }

  async #sendProgress(): Promise<void> {
    while (this.#toldProgress !== undefined) {
      const value = this.#toldProgress;
      await this.#init.store.progress(this.claim, value).catch((error: unknown) => {
        this.#log.warn("The progress of a task could not be stored", { error });
      });
      if (this.#toldProgress === value) this.#toldProgress = undefined;
    }
  }
}
