/** The main thread's beats: a timer that says "the loop turns" while there is something to watch, and notices when it came late. */

import { CollectionTrap } from "./collection-watch.ts";
import { readClock } from "./monotonic-clock.ts";

/** A stretch in which the loop did not turn; times of `readClock()`. */
export interface Gap {
  /** Between the beat before and this moment nothing turned. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds that the loop was not waiting for events. */
  readonly held: number;
  /** Milliseconds of processor time of this thread. */
  readonly computed: number;
  /** Whether the whole heap was collected within it. */
  readonly hadCollection: boolean;
}

export interface LoopBeatParts {
  /** Milliseconds. */
  readonly threshold: number;
  readonly interval: number;
  readonly store: (beat: number) => void;
  readonly onGap: (gap: Gap) => void;
  readonly onWatch: () => void;
  readonly onRest: () => void;
}

/** Milliseconds without requests, the loop hardly used, after which nothing is watched. */
const quietTime = 10_000;
/** Milliseconds between two looks at whether the loop is used, while nothing is watched. */
const restingInterval = 1_000;
/** The share of its time that a loop may be used and still count as quiet. */
const quietUse = 0.02;

export class LoopBeat {
  readonly #parts: LoopBeatParts;
  readonly #trap = new CollectionTrap();
  #timer: NodeJS.Timeout | undefined;
  #isWatching = false;
  #wasAsked = false;
  #last = 0;
  #active = 0;
  #cpu = 0;
  #quietSince = 0;
  #activeThen = 0;

  constructor(parts: LoopBeatParts) {
    this.#parts = parts;
  }

  /** A request comes: said for each, so it does next to nothing. */
  touch(): void {
    this.#wasAsked = true;
    if (!this.#isWatching) this.#watch();
  }

  start(): void {
    if (!this.#isWatching) this.#watch();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#isWatching = false;
  }

  #watch(): void {
    this.#isWatching = true;
    clearInterval(this.#timer);
    this.#read(readClock());
    this.#quietSince = this.#last;
    this.#activeThen = this.#active;
    this.#timer = setInterval(() => this.#beat(), this.#parts.interval).unref();
    this.#parts.onWatch();
  }

  #rest(): void {
    this.#isWatching = false;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#lookWhileResting(), restingInterval).unref();
    this.#parts.onRest();
  }

  #beat(): void {
    const now = readClock();
    const { threshold, interval, onGap } = this.#parts;
    const isLate = now - this.#last - interval > threshold;
    const before = { start: this.#last, active: this.#active, cpu: this.#cpu };
    const hadCollection = isLate && this.#trap.hasSprung();
    this.#read(now);
    if (isLate) {
      const held = Math.min(this.#active - before.active, now - before.start);
      onGap({ start: before.start, end: now, held, computed: this.#cpu - before.cpu, hadCollection });
    }
    this.#considerRest(now);
  }

  #considerRest(now: number): void {
    if (this.#wasAsked) {
      this.#wasAsked = false;
      this.#quietSince = now;
      this.#activeThen = this.#active;
    } else if (now - this.#quietSince >= quietTime) {
      const used = this.#active - this.#activeThen;
      if (used < quietTime * quietUse) return this.#rest();
      this.#quietSince = now;
      this.#activeThen = this.#active;
    }
  }

  /** What runs outside requests, such as timers, is watched again once it takes time. */
  #lookWhileResting(): void {
    const before = this.#active;
    this.#read(readClock());
    if (this.#active - before > Math.max(restingInterval * quietUse, this.#parts.threshold / 2)) this.#watch();
  }

  #read(now: number): void {
    this.#last = now;
    this.#active = performance.eventLoopUtilization().active;
    const { user, system } = process.threadCpuUsage();
    this.#cpu = (user + system) / 1_000;
    this.#trap.set();
    this.#parts.store(now);
  }
}
