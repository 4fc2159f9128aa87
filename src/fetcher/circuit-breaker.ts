/** Stops calling what fails too often: for a pause no call is made, then one is tried, and decides. */

export interface BreakerSettings {
  /** The share of failed calls at which it opens. */
  readonly ratio: number;
  /** Calls within the window below which it does not open. */
  readonly minimum: number;
  /** Milliseconds that are looked back. */
  readonly window: number;
  /** Milliseconds that it stays open. */
  readonly pause: number;
}

export type BreakerState = "closed" | "open" | "half-open";

/** What became of a call; "none" when it says nothing about the upstream. */
export type CallOutcome = "success" | "failure" | "none";

/** The window is counted in so many parts, of which the oldest is dropped. */
const parts = 10;

interface Part {
  readonly from: number;
  calls: number;
  failures: number;
}

export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #now: () => number;
  #parts: Part[] = [];
  #openUntil = 0;
  #isTrying = false;

  constructor(settings: BreakerSettings, now: () => number = () => performance.now()) {
    this.#settings = settings;
    this.#now = now;
  }

  get state(): BreakerState {
    if (this.#openUntil === 0) return "closed";
    return this.#now() < this.#openUntil || this.#isTrying ? "open" : "half-open";
  }

  /** Milliseconds until a call may be tried; 0 when one may be. */
  get remaining(): number {
    if (this.#openUntil === 0) return 0;
    const left = this.#openUntil - this.#now();
    if (left > 0) return left;
    return this.#isTrying ? this.#settings.pause : 0;
  }

  /** Admits a call: the function is told, once, what became of it. Undefined when it may not be made. */
  admit(): ((outcome: CallOutcome) => void) | undefined {
    if (this.remaining > 0) return undefined;
    const isTrial = this.#openUntil !== 0;
    if (isTrial) this.#isTrying = true;
    let isSettled = false;
    return (outcome) => {
      if (isSettled) return;
      isSettled = true;
      if (isTrial) this.#decide(outcome);
      else this.record(outcome);
    };
  }

  /** Counts what became of a call, or of the rest of its answer. */
  record(outcome: CallOutcome): void {
    if (outcome === "none" || this.#openUntil !== 0) return;
    const now = this.#now();
    const { window, minimum, ratio, pause } = this.#settings;
    this.#parts = this.#parts.filter(({ from }) => from > now - window);
    let part = this.#parts.at(-1);
    if (part === undefined || part.from < now - window / parts) {
      part = { from: now, calls: 0, failures: 0 };
      this.#parts.push(part);
    }
    part.calls += 1;
    if (outcome === "success") return;
    part.failures += 1;
    let calls = 0;
    let failures = 0;
    for (const one of this.#parts) {
      calls += one.calls;
      failures += one.failures;
    }
    if (calls >= minimum && failures >= calls * ratio) this.#openUntil = now + pause;
  }

  #decide(outcome: CallOutcome): void {
    this.#isTrying = false;
    if (outcome === "none") return;
    this.#parts = [];
    this.#openUntil = outcome === "success" ? 0 : this.#now() + this.#settings.pause;
  }
}
