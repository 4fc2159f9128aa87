/** How late the event loop is, and how busy, since it was last asked. */

import { monitorEventLoopDelay, performance, type EventLoopUtilization } from "node:perf_hooks";
import type { Figure } from "./figure.ts";

/** Milliseconds between two looks at the clock. */
const resolution = 10;
/** Nanoseconds; the clock is looked at every `resolution`, and only what is beyond that is delay. */
const expected = resolution * 1e6;
/** Milliseconds in which figures that are read one after the other count as one reading. */
const freshness = 50;

interface LoopReading {
  readonly at: number;
  readonly utilization: number;
  /** Seconds. */
  readonly delays: Readonly<Record<"min" | "max" | "mean" | "p50" | "p90" | "p99", number>>;
}

export class LoopFigures {
  readonly figures: readonly Figure[];
  readonly #histogram = monitorEventLoopDelay({ resolution });
  #last: EventLoopUtilization = performance.eventLoopUtilization();
  #reading: LoopReading | undefined;

  constructor() {
    this.#histogram.enable();
    const names = ["min", "max", "mean", "p50", "p90", "p99"] as const;
    const delays = names.map((name): Figure => ({
      name: `nodejs.eventloop.delay.${name}`,
      unit: "s",
      kind: "gauge",
      help: "Delay of the event loop since the last reading.",
      read: () => [{ value: this.#read().delays[name], labels: {} }],
    }));
    const utilization: Figure = {
      name: "nodejs.eventloop.utilization",
      unit: "1",
      kind: "gauge",
      help: "Share of time in which the event loop was busy since the last reading.",
      read: () => [{ value: this.#read().utilization, labels: {} }],
    };
    this.figures = [...delays, utilization];
  }

  end(): void {
    this.#histogram.disable();
  }

  #read(): LoopReading {
    const at = performance.now();
    if (this.#reading !== undefined && at - this.#reading.at < freshness) return this.#reading;
    const histogram = this.#histogram;
    const seconds = (value: number): number => (histogram.count === 0 ? 0 : Math.max(0, value - expected) / 1e9);
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    const delays = {
      min: seconds(histogram.min),
      max: seconds(histogram.max),
      mean: seconds(histogram.mean),
      p50: seconds(histogram.percentile(50)),
      p90: seconds(histogram.percentile(90)),
      p99: seconds(histogram.percentile(99)),
    };
    histogram.reset();
    this.#last = now;
    this.#reading = { at, utilization: Number.isFinite(utilization) ? utilization : 0, delays };
    return this.#reading;
  }
}
