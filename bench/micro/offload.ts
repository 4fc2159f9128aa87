/** Measures what a call into a worker costs: nothing to do, one at a time and 32 at a time, beside raw worker_threads. */

import { Worker } from "node:worker_threads";
import { configureOffload, offload } from "../../src/workers.ts";
import { workerHome } from "../../src/workers/inside-worker.ts";

const rounds = 7;
const callsPerRound = 4_000;
const threads = 2;

export const nothing = offload(import.meta, "nothing", (value: number) => value);

type Call = (value: number) => Promise<unknown>;

/** The least that a pool can be: threads in turn, and a map from numbers to promises. */
function createRawPool(): { readonly call: Call; readonly end: () => Promise<unknown> } {
  const source = `const { parentPort } = require("node:worker_threads");
    parentPort.on("message", ({ id, value }) => parentPort.postMessage({ id, value }));`;
  const open = new Map<number, (value: unknown) => void>();
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(source, { eval: true });
    worker.on("message", ({ id, value }: { id: number; value: unknown }) => {
      open.get(id)?.(value);
      open.delete(id);
    });
    return worker;
  });
  let last = 0;
  const call: Call = (value) => {
    last += 1;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    open.set(last, resolve);
    workers[last % threads]?.postMessage({ id: last, value });
    return promise;
  };
  return { call, end: () => Promise.all(workers.map((worker) => worker.terminate())) };
}

/** Microseconds per call with so many in flight. */
async function measure(call: Call, inFlight: number): Promise<number> {
  let left = callsPerRound;
  const run = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call(left);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, run));
  return ((performance.now() - start) * 1_000) / callsPerRound;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

async function compare(): Promise<void> {
  configureOffload({ threads });
  await offload.warm();
  const raw = createRawPool();
  const subjects = [
    { name: "raw worker_threads", call: raw.call },
    { name: "offload()", call: nothing },
  ];
  console.log("a call that does nothing, µs".padEnd(32), "1 in flight".padStart(14), "32 in flight".padStart(14));
  const results = subjects.map((subject) => ({ ...subject, alone: [] as number[], many: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { call, alone, many } of results) {
      const [one, other] = [await measure(call, 1), await measure(call, 32)];
      // The first round warms up.
      if (round > 0) {
        alone.push(one);
        many.push(other);
      }
    }
  }
  for (const { name, alone, many } of results) {
    console.log(name.padEnd(32), median(alone).toFixed(1).padStart(14), median(many).toFixed(1).padStart(14));
  }
  await raw.end();
  await offload.close();
}

// The workers import this module as well.
if (workerHome === undefined) await compare();
