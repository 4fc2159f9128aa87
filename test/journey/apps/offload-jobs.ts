/** Functions that tests run in workers: some work, and some fail in every way there is. */

import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { offload } from "apus/workers";

export class OutOfInk extends Error {
  readonly colour: string = "blue";
}

export const add = offload(import.meta, "add", (one: number, other: number) => one + other);

export const whereAmI = offload(import.meta, "whereAmI", () => ({ threadId, pid: process.pid }));

export const spin = offload(import.meta, "spin", holdThread);

/** Holds the thread that calls it. */
export function holdThread(milliseconds: number): number {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return milliseconds;
}

export const wait = offload(import.meta, "wait", async (milliseconds: number) => {
  await sleep(milliseconds, undefined, { signal: offload.context().signal });
  return milliseconds;
});

/** Computes until it is told to stop, without ever awaiting anything; gives how often it looked, in shared memory. */
export const computeUntilGivenUp = offload(import.meta, "computeUntilGivenUp", (looks: SharedArrayBuffer) => {
  const counter = new Int32Array(looks);
  try {
    for (;;) {
      Atomics.add(counter, 0, 1);
      offload.context().throwIfGivenUp();
    }
  } finally {
    Atomics.store(counter, 1, 1);
  }
});

export const fail = offload(import.meta, "fail", (how: "type" | "own" | "text" | "aggregate") => {
  if (how === "type") throw new TypeError("not a number", { cause: new RangeError("too big") });
  // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- JavaScript lets users do this
  if (how === "text") throw "just text";
  if (how === "aggregate") throw new AggregateError([new TypeError("one"), new OutOfInk("two")], "both");
  throw Object.assign(new OutOfInk("no blue left"), { code: "E_INK", pages: [1, 2], secret: () => 1 });
});

export const failListed = offload(import.meta, "failListed", () => Promise.reject(new OutOfInk("again")), {
  errors: [OutOfInk],
});

export const leave = offload(import.meta, "leave", (code: number) => process.exit(code));

export const crash = offload(import.meta, "crash", async () => {
  setTimeout(() => {
    throw new TypeError("nobody catches this");
  });
  await sleep(60_000);
});

function eatAll(): void {
  const food: unknown[] = [];
  for (;;) food.push({ food, left: [food.length] });
}
export const eat = offload(import.meta, "eat", eatAll, { memoryMb: 32 });

export const count = offload(import.meta, "count", async function* (to: number) {
  for (let number = 1; number <= to; number += 1) yield number;
  return "end";
});

/** Tells in shared memory how far it has come, and whether it has cleaned up. */
export const countInto = offload(import.meta, "countInto", async function* (progress: SharedArrayBuffer) {
  const state = new Int32Array(progress);
  try {
    for (let number = 1; ; number += 1) {
      Atomics.store(state, 0, number);
      yield number;
    }
  } finally {
    Atomics.store(state, 1, 1);
  }
});

export const countThenFail = offload(import.meta, "countThenFail", function* (to: number) {
  for (let number = 1; number <= to; number += 1) yield number;
  throw new RangeError("no more numbers");
});

export const describeBytes = offload(import.meta, "describeBytes", (bytes: Uint8Array) => ({
  isBuffer: Buffer.isBuffer(bytes),
  memory: bytes.buffer.byteLength,
  text: Buffer.from(bytes).toString("utf8"),
}));

export const giveBuffer = offload(import.meta, "giveBuffer", (text: string) => Buffer.from(text));

export const giveMoved = offload(import.meta, "giveMoved", (size: number) => {
  const bytes = new Uint8Array(size).fill(7);
  return offload.transfer({ bytes }, [bytes.buffer]);
});

export const giveFunction = offload(import.meta, "giveFunction", () => () => 1);

export const nested = offload(import.meta, "nested", async (one: number) => {
  const inner = await whereAmI();
  const numbers: number[] = [];
  for await (const number of countThenStop(3)) numbers.push(number);
  return { sum: await add(one, 1), numbers, isSame: inner.threadId === threadId && inner.pid === process.pid };
});

const countThenStop = offload(import.meta, "countThenStop", function* (to: number) {
  for (let number = 1; number <= to; number += 1) yield number;
});

export const fragile = offload(import.meta, "fragile", breakDown, { process: true, timeout: 20_000 });

/** What native code does when it breaks: the operating system ends the process. */
function breakDown(how: "work" | "segfault" | "throw" | "exit"): { readonly pid: number } {
  if (how === "segfault") process.kill(process.pid, "SIGSEGV");
  if (how === "throw") throw new OutOfInk("in a process");
  if (how === "exit") process.exit(7);
  if (how === "segfault") holdThread(10_000);
  return { pid: process.pid };
}

export const greedyProcess = offload(import.meta, "greedyProcess", eatAll, { process: true, memoryMb: 32 });

export const callsProcess = offload(import.meta, "callsProcess", async () => ({
  own: process.pid,
  child: (await fragile("work")).pid,
}));
