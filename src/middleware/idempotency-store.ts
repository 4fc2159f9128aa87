/** The seam of idempotency keys: who runs a request first, and what it was answered. */

import type { HeaderLine } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";

/** An answer as it is sent again. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: string | Uint8Array | null;
}

/** A request that wants to run under a key. */
export interface IdempotencyClaim {
  /** What the request is about; another one under the same key is refused. */
  readonly fingerprint: string;
  /** Names this run: only it may settle the key. */
  readonly owner: string;
  /** Milliseconds after which a run that was never settled, because its process died, no longer holds the key. */
  readonly lease: number;
}

/** What a key is held by: a run that has no answer yet, one whose answer was not kept, or an answer. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly answer: StoredAnswer | "running" | "not-kept";
}

/** `key` is a hash of 43 characters. A rejection is a failure of the store. */
export interface IdempotencyStore {
  /** Takes a free key for a run, in one step however many processes ask at once; otherwise gives what holds it. */
  claim(key: string, claim: IdempotencyClaim): MaybePromise<IdempotencyRecord | undefined>;
  /** Keeps the answer for `ttl` milliseconds, if `owner` still holds the key. */
  settle(key: string, owner: string, kept: KeptAnswer): MaybePromise<void>;
  /** Frees the key, if `owner` still holds it: the request may run again. */
  release(key: string, owner: string): MaybePromise<void>;
}

export interface KeptAnswer {
  readonly answer: StoredAnswer | "not-kept";
  readonly ttl: number;
}
