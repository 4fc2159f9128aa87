/** Notices that the turns of the event loop stay too long, and which requests would be answered too late to be of use. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { buildProblem } from "./problem-response.ts";

/** Milliseconds between two looks at the clock, at most; a turn that takes longer delays the look as long. */
const longestInterval = 50;
/** Turns in a row that have to be too long: one may be a collection of garbage, or a handler that blocked once. */
const patience = 2;
/** Milliseconds between two reports. */
const reportInterval = 10_000;

const refusal: HttpResponse = buildRefusal();

export class LoadShedder {
  readonly #maxTurnTime: number;
  readonly #interval: number;
  readonly #report: (refused: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #turnStart = 0;
  #longTurns = 0;
  #wasAsked = false;
  #refused = 0;
  #reported = Number.NEGATIVE_INFINITY;

  /**
   * `maxTurnTime` in milliseconds, 0 for never; `report` is told how many were refused, at most every ten seconds.
   */
  constructor(maxTurnTime: number, report: (refused: number) => void) {
    this.#maxTurnTime = maxTurnTime;
    this.#interval = Math.max(1, Math.min(longestInterval, maxTurnTime / 2));
    this.#report = report;
  }

  /** The answer to a request that comes too late in a turn that is too long again; undefined for one to be handled. */
  refuse(): HttpResponse | undefined {
    this.#wasAsked = true;
    if (this.#timer === undefined) this.#start();
    if (this.#longTurns < patience || performance.now() - this.#turnStart <= this.#maxTurnTime) return undefined;
    this.#refused += 1;
    return refusal;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#tell(performance.now());
  }

  #start(): void {
    if (this.#maxTurnTime === 0) return;
    this.#turnStart = performance.now();
    this.#timer = setTimeout(() => this.#look(), this.#interval).unref();
  }

  /** Runs once in a turn that is longer than the interval, before the turn reads from its connections. */
  #look(): void {
    const now = performance.now();
    this.#longTurns = now - this.#turnStart > this.#maxTurnTime ? this.#longTurns + 1 : 0;
    this.#turnStart = now;
    if (now - this.#reported >= reportInterval) this.#tell(now);
    // Without requests the process can sleep.
    if (!this.#wasAsked && this.#refused === 0) {
      this.#timer = undefined;
      this.#longTurns = 0;
      return;
    }
    this.#wasAsked = false;
    this.#timer?.refresh();
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
