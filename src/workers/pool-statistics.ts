/** Counts what becomes of calls, and how long they wait and run. */

import type { CallEnd, WorkerCall } from "./worker-call.ts";

/** Durations in milliseconds since the process began; `total / count` is their mean. */
export interface DurationTotals {
  readonly count: number;
  readonly total: number;
  readonly longest: number;
}

/** The pool at this moment, and what it has done since the process began. */
export interface OffloadStatistics {
  /** Workers that there are, threads and processes. */
  readonly threads: number;
  /** Those of them that run a call. */
  readonly busy: number;
  /** Calls that wait. */
  readonly queued: number;
  /** Calls by how they ended. */
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  /** Given up by their signal, or by who read their items. */
  readonly abandoned: number;
  /** Their worker crashed, left or ran out of memory. */
  readonly lost: number;
  /** Refused because the queue was full. */
  readonly refused: number;
  /** Time in the queue, of calls that have begun. */
  readonly waitTime: DurationTotals;
  /** Time from the worker's taking a call to its end. */
  readonly runTime: DurationTotals;
}

export class PoolStatistics {
  readonly #ends: Record<CallEnd, number> = { completed: 0, failed: 0, timedOut: 0, abandoned: 0, lost: 0 };
  #refused = 0;
  #waitTime: DurationTotals = { count: 0, total: 0, longest: 0 };
  #runTime: DurationTotals = { count: 0, total: 0, longest: 0 };

  refuse(): void {
    this.#refused += 1;
  }

  count({ end, queuedAt, startedAt }: WorkerCall): void {
    if (end !== undefined) this.#ends[end] += 1;
    if (startedAt === 0) return;
    this.#waitTime = addDuration(this.#waitTime, startedAt - queuedAt);
    this.#runTime = addDuration(this.#runTime, performance.now() - startedAt);
  }

  read(pool: Pick<OffloadStatistics, "threads" | "busy" | "queued">): OffloadStatistics {
    return { ...pool, ...this.#ends, refused: this.#refused, waitTime: this.#waitTime, runTime: this.#runTime };
  }
}

function addDuration({ count, total, longest }: DurationTotals, duration: number): DurationTotals {
  return { count: count + 1, total: total + duration, longest: Math.max(longest, duration) };
}
