/** Watches how long the turns of the event loop take, and which requests a turn reaches too late. */

/** Milliseconds between two looks at the clock, at most; a turn that takes longer delays the look as long. */
const longestInterval = 50;
/** Turns in a row that have to be too long: one may be a collection of garbage, or a handler that blocked once. */
const patience = 2;

export class TurnWatch {
  readonly #maxTurnTime: number;
  readonly #interval: number;
  readonly #eachLook: (now: number) => boolean;
  #timer: NodeJS.Timeout | undefined;
  #turnStart = 0;
  #longTurns = 0;
  #wasAsked = false;

  /**
   * `maxTurnTime` in milliseconds, 0 for never.
   * `eachLook` is called at each look at the clock; it may say that there is to be another one.
   */
  constructor(maxTurnTime: number, eachLook: (now: number) => boolean = () => false) {
    this.#maxTurnTime = maxTurnTime;
    this.#interval = Math.max(1, Math.min(longestInterval, maxTurnTime / 2));
    this.#eachLook = eachLook;
  }

  /** Whether what comes now comes too late in a turn that is too long again. Asked for each request, so that it looks only while some come. */
  isLate(): boolean {
    this.#wasAsked = true;
    if (this.#timer === undefined) this.#start();
    return this.#longTurns >= patience && performance.now() - this.#turnStart > this.#maxTurnTime;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#longTurns = 0;
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
    // Without requests the process can sleep.
    if (this.#eachLook(now) || this.#wasAsked) this.#timer?.refresh();
    else this.stop();
    this.#wasAsked = false;
  }
}
