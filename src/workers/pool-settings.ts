/** How many workers there may be, and how many calls may wait for one. */

import { availableParallelism } from "node:os";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";

export interface PoolSettings {
  /** Workers at the same time; the cores but one by default, at least one. */
  readonly threads: number;
  /** Calls that may wait; further ones get an `HttpError` 503. 256 by default. */
  readonly queue: number;
  /** Milliseconds after which a worker without work is closed; 30,000 by default. */
  readonly idle: number;
  /** Milliseconds that a call has to end by itself after it was given up; then its worker is ended. 250 by default. */
  readonly grace: number;
}

let current: PoolSettings | undefined;

/** Made at the first use: to ask for the cores takes a while. */
export function poolSettings(): PoolSettings {
  current ??= { threads: Math.max(1, availableParallelism() - 1), queue: 256, idle: 30_000, grace: 250 };
  return current;
}

/**
 * Changes the settings of the pool, at any time; what is left out stays as it is.
 * @throws ApusError APUS_BAD_OPTION
 */
export function configureOffload(settings: Partial<PoolSettings>): void {
  const names = ["threads", "queue", "idle", "grace"] satisfies readonly (keyof PoolSettings)[];
  const check = new CheckedOptions("configureOffload", settings, names);
  check.whole("threads", 1, 1_024);
  check.whole("queue", 0);
  check.whole("idle", 0, longestTime);
  check.whole("grace", 0, longestTime);
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  current = { ...poolSettings(), ...(Object.fromEntries(given) as Partial<PoolSettings>) };
}
