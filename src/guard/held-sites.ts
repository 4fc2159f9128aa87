/** The places that held the loop, counted; says when one is to be reported again. */

import type { Place } from "./stack-frames.ts";

/** A place that held the event loop, for logs, metrics and health. Times in milliseconds. */
export interface HeldSite {
  /** Code that held the loop, many short requests in one turn, or the garbage collector. */
  readonly kind: "code" | "many" | "collection";
  /** Undefined outside every request. */
  readonly method: string | undefined;
  /** Template of the route; undefined where none has matched. */
  readonly route: string | undefined;
  /** Name of the function; empty when it has none, undefined when it is not known. */
  readonly name: string | undefined;
  /** Relative to the working directory when it is below it. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly count: number;
  /** Of all times together. */
  readonly total: number;
  readonly longest: number;
  /** Moment of the latest time, as `Date.now()` has it. */
  readonly latest: number;
}

/** What one hold adds to its site. */
export interface Hold {
  readonly kind: HeldSite["kind"];
  readonly method: string | undefined;
  readonly route: string | undefined;
  readonly place: Place | undefined;
  readonly held: number;
}

/** To be told now: how often, and how long at most, it happened since it was told before. */
export interface Due {
  readonly times: number;
  readonly longest: number;
}

type CountedSite = { -readonly [Key in keyof HeldSite]: HeldSite[Key] } & {
  untold: number;
  longestUntold: number;
  nextTold: number;
  wait: number;
};

const maxSites = 500;
const firstWait = 10_000;
const longestWait = 3_600_000;
/** Each report of a site lets the next one wait so many times longer. */
const growth = 6;

export class HeldSites {
  readonly #sites = new Map<string, CountedSite>();

  /** Counts a hold; what is given back is to be told, undefined when it was told not long ago. */
  add(hold: Hold, now: number = Date.now()): Due | undefined {
    const { kind, method, route, place, held } = hold;
    const key = JSON.stringify([kind, method, route, place?.file, place?.line]);
    let site = this.#sites.get(key);
    if (site === undefined) {
      if (this.#sites.size >= maxSites) return undefined;
      const { name, file, line } = place ?? { name: undefined, file: undefined, line: undefined };
      const counts = { count: 0, total: 0, longest: 0, latest: now };
      const report = { untold: 0, longestUntold: 0, nextTold: now, wait: firstWait };
      site = { kind, method, route, name, file, line, ...counts, ...report };
      this.#sites.set(key, site);
    }
    site.count += 1;
    site.total += held;
    site.longest = Math.max(site.longest, held);
    site.latest = now;
    site.untold += 1;
    site.longestUntold = Math.max(site.longestUntold, held);
    return now < site.nextTold ? undefined : tell(site, now);
  }

  /** Those that held the loop longest, all times together, first. */
  list(): readonly HeldSite[] {
    return [...this.#sites.values()]
      .map(({ untold: _, longestUntold: _longest, nextTold: _next, wait: _wait, ...site }) => site)
      .toSorted((one, other) => other.total - one.total);
  }

  clear(): void {
    this.#sites.clear();
  }
}

function tell(site: CountedSite, now: number): Due {
  const due = { times: site.untold, longest: site.longestUntold };
  site.untold = 0;
  site.longestUntold = 0;
  site.nextTold = now + site.wait;
  site.wait = Math.min(site.wait * growth, longestWait);
  return due;
}
