/** Refuses requests that the event loop reaches too late to answer them in time, and reports how many. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { TurnWatch } from "../http/turn-watch.ts";
import { buildProblem } from "./problem-response.ts";

/** Milliseconds between two reports. */
const reportInterval = 10_000;

const refusal: HttpResponse = buildRefusal();

export class LoadShedder {
  readonly #watch: TurnWatch;
  readonly #report: (refused: number) => void;
  #refused = 0;
  #reported = Number.NEGATIVE_INFINITY;

  /** `maxTurnTime` in milliseconds, 0 for never; `report` is told how many were refused, at most every ten seconds. */
  constructor(maxTurnTime: number, report: (refused: number) => void) {
    this.#watch = new TurnWatch(maxTurnTime, (now) => {
      if (now - this.#reported >= reportInterval) this.#tell(now);
      return this.#refused > 0;
    });
    this.#report = report;
  }

  /** The answer to a request that comes too late in a turn that is too long again; undefined for one to be handled. */
  refuse(): HttpResponse | undefined {
    if (!this.#watch.isLate()) return undefined;
    this.#refused += 1;
    return refusal;
  }

  stop(): void {
    this.#watch.stop();
    this.#tell(performance.now());
  }

  #tell(now: number): void {
    if (this.#refused === 0) return;
    this.#reported = now;
    this.#report(this.#refused);
    this.#refused = 0;
  }
}

function buildRefusal(): HttpResponse {
  const problem = buildProblem(new HttpError(503, "The server has more requests than it can answer in time."));
  return Object.freeze({ ...problem, headers: [...problem.headers, ["retry-after", "1"]] } as const);
}
