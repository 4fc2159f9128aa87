/** Refuses requests before the app collapses under them: 503 with Retry-After when too many are under way, or turns take too long. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { TurnWatch } from "../http/turn-watch.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import type { Middleware } from "./middleware.ts";

export interface LoadSheddingOptions {
  /** Requests that are handled at once; further ones wait. Without it, all are. */
  readonly concurrency?: number;
  /** Requests that may wait for their turn, 0 by default; further ones are refused. */
  readonly queue?: number;
  /** Milliseconds that a request may wait, 1,000 by default; then it is refused. */
  readonly maxWait?: number;
  /** Milliseconds that turns of the event loop may take, one after the other; 0, the default, for any time. */
  readonly maxTurnTime?: number;
  /** Seconds after which a refused client may come again; 1 by default. */
  readonly retryAfter?: number;
}

const names = ["concurrency", "queue", "maxWait", "maxTurnTime", "retryAfter"] as const;

/**
 * Around the whole app, a router or a route: each has a count of its own. A request counts until its answer's head is there.
 * @throws ApusError APUS_BAD_OPTION
 */
export function loadShedding(options: LoadSheddingOptions): Middleware {
  checkOptions(options);
  const { concurrency = Number.POSITIVE_INFINITY, queue = 0, maxWait = 1_000, maxTurnTime = 0 } = options;
  const headers = { "retry-after": String(options.retryAfter ?? 1) };
  const places = new Places({ concurrency, queue, maxWait });
  const watch = new TurnWatch(maxTurnTime);
  return async (request, next) => {
    if (watch.isLate() || !(await places.take(request))) {
      throw new HttpError(503, "The server has more requests than it can answer in time.", { headers });
    }
    try {
      return await next();
    } finally {
      places.give();
    }
  };
}

/** Who waits for a place, and what tells it that it has one. */
interface Waiting {
  readonly settle: (hasPlace: boolean) => void;
}

/** Places for so many at once, and a queue of bounded length before them. */
class Places {
  readonly #limits: Required<Pick<LoadSheddingOptions, "concurrency" | "queue" | "maxWait">>;
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();
  #taken = 0;

  constructor(limits: Required<Pick<LoadSheddingOptions, "concurrency" | "queue" | "maxWait">>) {
    this.#limits = limits;
  }

  /** Whether there is a place, now or within the time that a request may wait; who has left does not wait. */
  take(request: HttpRequest): boolean | Promise<boolean> {
    if (this.#taken < this.#limits.concurrency) {
      this.#taken += 1;
      return true;
    }
    if (this.#waiting.size >= this.#limits.queue) return false;
    const { signal } = request;
    if (signal.aborted) return false;
    return new Promise((resolve) => {
      const leave = (): void => waiting.settle(false);
      const timer = setTimeout(leave, this.#limits.maxWait);
      const waiting: Waiting = {
        settle: (hasPlace) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", leave);
          this.#waiting.delete(waiting);
          resolve(hasPlace);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** Gives the place to whoever has waited longest. */
  give(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#taken -= 1;
    else first.settle(true);
  }
}

function checkOptions(options: LoadSheddingOptions): void {
  const checked = new CheckedOptions("loadShedding", options, names);
  checked.whole("concurrency", 1);
  checked.whole("queue", 0);
  checked.whole("maxWait", 1, longestTime);
  checked.whole("maxTurnTime", 0, longestTime);
  checked.whole("retryAfter", 0);
  if (options.queue !== undefined && options.concurrency === undefined) {
    checked.refuse("queue", "left out without concurrency");
  }
  if (options.concurrency === undefined && (options.maxTurnTime ?? 0) === 0) {
    checked.refuse("concurrency", "given, or maxTurnTime instead");
  }
}
