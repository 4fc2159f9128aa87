/** Lets so many calls through at a time; others wait in a queue that has an end, and not for ever. */

import type { UpstreamError } from "./upstream-error.ts";

export interface CallGateSettings {
  /** How many may be under way. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
  /** How many milliseconds one may wait. */
  readonly wait: number;
}

interface Waiter {
  readonly enter: () => void;
}

export class CallGate {
  running = 0;
  readonly #settings: CallGateSettings;
  readonly #refuse: (reason: string) => UpstreamError;
  /** In the order of their arrival. */
  readonly #waiters = new Set<Waiter>();

  constructor(settings: CallGateSettings, refuse: (reason: string) => UpstreamError) {
    this.#settings = settings;
    this.#refuse = refuse;
  }

  get queued(): number {
    return this.#waiters.size;
  }

  /**
   * Resolves when the call may go on; then `leave()` must follow, once. Gives undefined when it may at once.
   * @throws UpstreamError "busy"; the signal's reason when it fires in the meantime
   */
  enter(signal: AbortSignal): Promise<void> | undefined {
    const { concurrency, queue, wait } = this.#settings;
    if (this.running < concurrency) {
      this.running += 1;
      return undefined;
    }
    if (this.#waiters.size >= queue) {
      throw this.#refuse(`${this.running} calls are under way, and ${queue} wait already.`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leaveQueue = (): void => {
      this.#waiters.delete(waiter);
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const waiter = {
      enter: (): void => {
        leaveQueue();
        resolve();
      },
    };
    const abort = (): void => {
      leaveQueue();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      leaveQueue();
      reject(this.#refuse(`The call has waited for ${wait} ms behind ${this.running} others.`));
    }, wait);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  /** Gives the place to the one that has waited longest. */
  leave(): void {
    const [first] = this.#waiters;
    if (first === undefined) this.running -= 1;
    else first.enter();
  }
}
