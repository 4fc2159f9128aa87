/** A clock that stands still until it is moved: for tests of delays, retries and schedules. */

import { refuseOption } from "../errors/factory-options.ts";
import { parseDuration, type Duration } from "./duration.ts";

/** What a memory store reads the time from. */
export interface TaskClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back when the time was moved; the returned function ends that. */
  onMove?(listener: () => void): () => void;
}

/** A clock that is moved by hand. */
export class TestClock implements TaskClock {
  readonly #listeners = new Set<() => void>();
  #now: number;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  onMove(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Moves it forward. */
  advance(by: Duration): void {
    this.#now += parseDuration("advance()", by);
    for (const listener of this.#listeners) listener();
  }
}

/** A clock that stands still at a time, that of its making by default. @throws ApusError APUS_BAD_OPTION */
export function testClock(start: Date | string | number = Date.now()): TestClock {
  const time = new Date(start).getTime();
  if (Number.isNaN(time)) throw refuseOption("testClock()", start, "a date");
  return new TestClock(time);
}

/** The computer's. */
export const systemClock: TaskClock = { now: () => Date.now() };
