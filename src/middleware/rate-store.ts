/** The seam of rate limits: one atomic step that takes from a key's quota. */

import type { MaybePromise } from "../http/maybe-promise.ts";

/** `limit` requests in `window` milliseconds. A token bucket refills steadily; a sliding window counts what was. */
export interface RatePolicy {
  readonly algorithm: "token-bucket" | "sliding-window";
  readonly limit: number;
  readonly window: number;
}

/** What is left of a quota after a request was counted, or was not. Times in milliseconds from now. */
export interface RateVerdict {
  readonly allowed: boolean;
  /** Whole requests that are still free. */
  readonly remaining: number;
  /** When the whole quota is free again, if nothing comes. */
  readonly resetAfter: number;
  /** When the next request is free; 0 when one is. */
  readonly retryAfter: number;
}

export interface RateStore {
  /**
   * Counts one request of a key, or refuses it and counts nothing; in one step, however many processes ask at once.
   * A rejection is a failure of the store, never a refusal.
   */
  take(key: string, policy: RatePolicy): MaybePromise<RateVerdict>;
}
