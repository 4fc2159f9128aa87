/** Rate limits in the memory of one process: as many keys as it was given room for, without a timer. */

import { CheckedOptions } from "../errors/checked-options.ts";
import { relevantFor, takeOne, type RateState } from "./rate-algorithms.ts";
import type { RatePolicy, RateStore, RateVerdict } from "./rate-store.ts";

export interface MemoryRateStoreOptions {
  /** Keys that are kept at most; 100,000 by default (some 20 MB). */
  readonly maxKeys?: number;
  /** Milliseconds, never going back; `performance.now` by default. */
  readonly clock?: () => number;
}

interface Entry {
  readonly state: RateState;
  readonly policy: RatePolicy;
  /** Share of the quota that is used, from 0 to 1. */
  readonly used: number;
}

/** Entries that are looked at for each new one while the store is full. */
const sample = 8;

/** A store for one process. @throws ApusError APUS_BAD_OPTION */
export function createMemoryRateStore(options: MemoryRateStoreOptions = {}): RateStore {
  const check = new CheckedOptions("createMemoryRateStore", options, ["maxKeys", "clock"]);
  check.whole("maxKeys", 1);
  check.kind("clock", "function");
  return new MemoryRateStore(options.maxKeys ?? 100_000, options.clock ?? (() => performance.now()));
}

class MemoryRateStore implements RateStore {
  readonly #maxKeys: number;
  readonly #clock: () => number;
  /** The key that was asked for last is last. */
  readonly #entries = new Map<string, Entry>();

  constructor(maxKeys: number, clock: () => number) {
    this.#maxKeys = maxKeys;
    this.#clock = clock;
  }

  take(key: string, policy: RatePolicy): RateVerdict {
    const now = this.#clock();
    const known = this.#entries.get(key);
    const { state, verdict } = takeOne(policy, known?.state, now);
    if (known !== undefined) this.#entries.delete(key);
    else if (this.#entries.size >= this.#maxKeys) this.#makeRoom(now);
    this.#entries.set(key, { state, policy, used: 1 - verdict.remaining / policy.limit });
    return verdict;
  }

  /**
   * Of the keys that were not asked for longest, what is over goes, otherwise the one that has used least of its quota.
   * The others go to the end: whoever has used up a quota does not get a new one by filling the store with other keys.
   */
  #makeRoom(now: number): void {
    let least: readonly [key: string, used: number] | undefined;
    const seen: (readonly [string, Entry])[] = [];
    for (const [key, entry] of this.#entries) {
      const isOver = relevantFor(entry.policy, entry.state, now) <= 0;
      const used = isOver ? -1 : entry.used;
      if (least === undefined || used < least[1]) least = [key, used];
      seen.push([key, entry]);
      if (isOver || seen.length === sample) break;
    }
    for (const [key, entry] of seen) {
      this.#entries.delete(key);
      if (key !== least?.[0]) this.#entries.set(key, entry);
    }
  }
}
