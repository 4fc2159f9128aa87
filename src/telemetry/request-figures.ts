/** Counts requests by their labels: how many run, and how long those took that have ended. */

import type { Labels, RequestListener } from "./request-watch.ts";

/** Upper bounds in seconds, those that the semantic conventions advise. */
export const durationBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Durations of one set of labels. */
export interface DurationSeries {
  readonly labels: Labels;
  /** How many were in each bound, and above all of them; not added up. */
  readonly counts: number[];
  sum: number;
}

export class RequestFigures implements RequestListener {
  readonly durations: Map<string, DurationSeries> = new Map();
  readonly active: Map<string, { readonly labels: Labels; value: number }> = new Map();

  began(labels: Labels): void {
    const key = Object.values(labels).join(" ");
    const known = this.active.get(key);
    if (known === undefined) this.active.set(key, { labels, value: 1 });
    else known.value += 1;
  }

  ended(begin: Labels, end: Labels, duration: number): void {
    const active = this.active.get(Object.values(begin).join(" "));
    if (active !== undefined) active.value -= 1;
    const key = Object.values(end).join(" ");
    let series = this.durations.get(key);
    if (series === undefined) {
      series = { labels: end, counts: Array.from({ length: durationBounds.length + 1 }, () => 0), sum: 0 };
      this.durations.set(key, series);
    }
    const place = durationBounds.findIndex((bound) => duration <= bound);
    const index = place === -1 ? durationBounds.length : place;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += duration;
  }
}
