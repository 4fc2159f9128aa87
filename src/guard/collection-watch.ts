/** Garbage collections: whether a big one fell between two beats, which costs nothing to know, and how long they took, which does. */

import { PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";
import { readClock } from "./monotonic-clock.ts";

/** Knows whether the whole heap was collected since it was set, by an object that nobody holds. */
export class CollectionTrap {
  #bait: WeakRef<object> = new WeakRef({});

  set(): void {
    this.#bait = new WeakRef({});
  }

  /** Collections of young objects do not count: they are short, and leave what weak references point to. */
  hasSprung(): boolean {
    return this.#bait.deref() === undefined;
  }
}

interface Collection {
  readonly start: number;
  readonly end: number;
}

/** Milliseconds; shorter ones explain nothing. */
const shortest = 5;
const most = 64;

/** Measures collections while it is on. A tenth of a server's time was measured for that, so it is not left on. */
export class CollectionWatch {
  readonly #collections: Collection[] = [];
  /** Between the two clocks, milliseconds. */
  readonly #offset = readClock() - performance.now();
  #observer: PerformanceObserver | undefined;

  get isOn(): boolean {
    return this.#observer !== undefined;
  }

  start(): void {
    this.#observer = new PerformanceObserver((list) => this.#keep(list.getEntries()));
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#collections.length = 0;
  }

  /** Milliseconds of collections between two times of `readClock()`; undefined while it is not on. */
  within(start: number, end: number): number | undefined {
    if (this.#observer === undefined) return undefined;
    // What was recorded in the turn that has just ended is not delivered yet.
    this.#keep(this.#observer.takeRecords());
    let sum = 0;
    for (const each of this.#collections) sum += Math.max(0, Math.min(end, each.end) - Math.max(start, each.start));
    return sum;
  }

  #keep(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries) {
      if (duration < shortest) continue;
      const start = startTime + this.#offset;
      this.#collections.push({ start, end: start + duration });
    }
    if (this.#collections.length > most) this.#collections.splice(0, this.#collections.length - most);
  }
}
