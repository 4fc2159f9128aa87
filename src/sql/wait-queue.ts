/** A queue in front of something scarce: first come, first served, with a longest time and a longest line. */

import { HttpError } from "../errors/http-error.ts";
import type { Limits } from "./sql-pool.ts";

export interface WaitQueueOptions {
  /** How much there is. */
  readonly capacity: number;
  /** Milliseconds that somebody waits at most. */
  readonly timeout: number;
  /** How many may wait; who comes then is refused at once. */
  readonly maxWaiting: number;
  /** For the message, such as "connection of the database". */
  readonly what: string;
}

interface Waiter {
  readonly weight: number;
  grant(): void;
  refuse(reason: unknown): void;
}

/** Gives back what was taken; further calls do nothing. */
export type Release = () => void;

export class WaitQueue {
  readonly #options: WaitQueueOptions;
  #taken = 0;
  #holders = 0;
  #isClosed = false;
  readonly #idle: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #waiters = new Set<Waiter>();

  constructor(options: WaitQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** How many hold something. */
  get holders(): number {
    return this.#holders;
  }

  /**
   * Takes so much of it, at once or in turn.
   * @throws HttpError 503 with `waited` (milliseconds) when the time is up or the line is too long; the signal's reason
   */
  async take(weight: number, { signal, deadline }: Limits): Promise<Release> {
    if (signal?.aborted === true) throw signal.reason as Error;
    if (this.#isClosed) throw new HttpError(503, "The database is closed.");
    if (this.#waiters.size === 0 && this.#fits(weight)) return this.#hold(weight);
    if (this.#waiters.size >= this.#options.maxWaiting) throw this.#refuse(0);
    return this.#wait(weight, { signal, deadline });
  }

  /** Takes it only if nobody has to wait for that. */
  takeNow(weight: number): Release | undefined {
    return !this.#isClosed && this.#waiters.size === 0 && this.#fits(weight) ? this.#hold(weight) : undefined;
  }

  /** Refuses who waits and who comes; resolves when nothing is held any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.refuse(new HttpError(503, "The database is closed."));
    this.#waiters.clear();
    if (this.#holders > 0) await this.#idle.promise;
  }

  async #wait(weight: number, { signal, deadline }: Limits): Promise<Release> {
    const started = performance.now();
    const longest = Math.min(this.#options.timeout, Math.max(0, (deadline ?? Infinity) - started));
    const { promise, resolve, reject } = Promise.withResolvers<Release>();
    const waiter: Waiter = { weight, grant: () => resolve(this.#hold(weight)), refuse: reject };
    const leave = (reason: unknown): void => {
      if (!this.#waiters.delete(waiter)) return;
      reject(reason);
      this.#grantNext();
    };
    const onAbort = (): void => leave(signal?.reason);
    const timer = setTimeout(() => leave(this.#refuse(performance.now() - started)), longest);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #fits(weight: number): boolean {
    return this.#taken + weight <= this.#options.capacity;
  }

  #hold(weight: number): Release {
    this.#taken += weight;
    this.#holders += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#taken -= weight;
      this.#holders -= 1;
      this.#grantNext();
      if (this.#isClosed && this.#holders === 0) this.#idle.resolve();
    };
  }

  #grantNext(): void {
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.weight)) return;
      this.#waiters.delete(waiter);
      waiter.grant();
    }
  }

  #refuse(waited: number): HttpError {
    const { what } = this.#options;
    const milliseconds = Math.round(waited);
    const why = milliseconds === 0 ? "too many wait for one already" : `none was free within ${milliseconds} ms`;
    const problem = { detail: `No ${what} is free: ${why}.`, waited: milliseconds };
    return new HttpError(503, problem, { headers: { "retry-after": "1" } });
  }
}
