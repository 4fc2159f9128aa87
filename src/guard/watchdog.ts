/** The thread that watches the main thread's beats and, when they stop, has it look at its own stack. */

import { Worker } from "node:worker_threads";

/** Places in the shared numbers: the latest beat, and the latest stretch in which the watchdog itself did not run. */
export const cells = { beat: 0, stallStart: 1, stallEnd: 2, count: 3 } as const;

export interface WatchdogParts {
  readonly shared: Float64Array<SharedArrayBuffer>;
  /** Milliseconds, as everything here. */
  readonly threshold: number;
  readonly interval: number;
  /** Name of the registered symbol whose global function takes a sample. */
  readonly sampler: string;
  readonly onFailure: (error: Error) => void;
}

export interface Watchdog {
  watch(): void;
  rest(): void;
  stop(): void;
}

/**
 * What the thread runs. Text, so that it is there in a bundle too and needs no loader; kept so small that it needs none.
 *
 * The inspector's `Runtime.evaluate` reaches a thread that is busy: V8 runs it at the next check of its stack, in loops,
 * at the beginning of functions and inside regular expressions. It sees the stack and the asynchronous context of what
 * it interrupts, runs no microtasks, and costs half a millisecond; enabling the debugger for the same takes up to
 * a hundred, and leaves the code of the interrupted function ten times as slow.
 */
const source = `"use strict";
const { workerData } = process.getBuiltinModule("node:worker_threads");
const { Session } = process.getBuiltinModule("node:inspector");
const { shared, state, cells, threshold, interval, sampler } = workerData;
const resting = 0;
const watching = 1;
const free = 0;
const asking = 1;
const period = threshold / 3;
const most = 40;
const budgetTime = 10000;
let lastLook = 0, seenBeat = 0, patience = 0, retries = 0, left = most, refillAt = 0;
const clock = () => Number(process.hrtime.bigint()) / 1e6;
// To wait in this way costs a fraction of what a timer does. An answer of the inspector needs the event loop: until it comes, it has it.
function run() {
  for (;;) {
    if (Atomics.load(state, 0) === resting) {
      Atomics.wait(state, 0, resting);
      lastLook = clock();
    }
    Atomics.wait(state, 0, watching, period);
    const now = clock();
    if (isDue(now)) return ask(now);
  }
}
function isDue(now) {
  if (now - lastLook > period + threshold / 2) {
    shared[cells.stallStart] = lastLook;
    shared[cells.stallEnd] = now;
  }
  lastLook = now;
  if (shared[cells.beat] !== seenBeat) {
    seenBeat = shared[cells.beat];
    patience = threshold / 2;
    retries = 8;
  }
  if (now - seenBeat - interval < patience) return false;
  patience *= 2;
  if (now > refillAt) {
    left = most;
    refillAt = now + budgetTime;
  }
  left -= 1;
  return left >= 0;
}
function ask(now) {
  if (Atomics.compareExchange(state, 1, free, asking) !== free) return;
  const session = new Session();
  session.connectToMainThread();
  const expression = "globalThis[Symbol.for(" + JSON.stringify(sampler) + ")]?.(" + now + ")";
  session.post("Runtime.evaluate", { expression, silent: true, returnByValue: true }, (error, answer) => {
    session.disconnect();
    Atomics.compareExchange(state, 1, asking, free);
    if (error) throw new Error("The inspector refused: " + error.message);
    // Between two promises there is nobody's code on the stack: the next look may see some.
    if (answer.result.value === false && retries > 0) {
      retries -= 1;
      patience = 0;
    }
    lastLook = clock();
    setImmediate(run);
  });
}
// The thread waits for answers, which alone would not keep it alive.
setInterval(() => {}, 2 ** 30);
run();
`;

/** Milliseconds. */
const longestQuestion = 100;

/** @throws what `new Worker()` throws, such as for too many threads. */
export function createWatchdog({ shared, threshold, interval, sampler, onFailure }: WatchdogParts): Watchdog {
  // Whether to watch, and whether a question is on its way, or may no longer be asked.
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(source, {
    eval: true,
    name: "apus loop guard",
    workerData: { shared, state, cells, threshold, interval, sampler },
    // Neither the loaders of the main thread nor its environment.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
  });
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    process.off("exit", stop);
    closeQuestions(state);
    void worker.terminate();
  };
  process.on("exit", stop);
  worker.on("error", (error: Error) => {
    if (!isStopped) onFailure(error);
  });
  worker.on("exit", () => {
    if (!isStopped) onFailure(new Error("The watchdog's thread has ended."));
  });
  worker.unref();
  const change = (next: number): void => {
    Atomics.store(state, 0, next);
    Atomics.notify(state, 0);
  };
  return {
    watch: () => change(1),
    rest: () => change(0),
    stop,
  };
}

/** Lets a question that is on its way arrive: a process that exits with one says that it waits for a debugger. */
function closeQuestions(state: Int32Array<SharedArrayBuffer>): void {
  const [free, asking, closed] = [0, 1, 2];
  const end = performance.now() + longestQuestion;
  while (Atomics.compareExchange(state, 1, free, closed) === asking && performance.now() < end);
}
