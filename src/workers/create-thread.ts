/** A thread for offloaded functions. */

import { Worker, type ResourceLimits, type WorkerOptions } from "node:worker_threads";
import { buildFirstLine } from "./inside-worker.ts";
import { workerEntry } from "./worker-entry.ts";
import type { WorkerLoss } from "./worker-lost-error.ts";
import type { FromWorker } from "./worker-messages.ts";
import type { WorkerEvents, WorkerKind, WorkerPort } from "./worker-port.ts";

/** Milliseconds that a thread may take to be gone; JavaScript is left within a few. */
const endTime = 5_000;
const unendable =
  "A worker thread of offload() could not be ended: it is in native code, or in a loop that V8 does not interrupt. It goes on, and keeps this process from leaving. Run that function in a process: offload(…, { process: true }).";

export function createThread({ memoryMb }: WorkerKind, events: WorkerEvents): WorkerPort {
  const givenUp = new Int32Array(new SharedArrayBuffer(4));
  const options: WorkerOptions = { eval: true, argv: process.argv.slice(2), workerData: { givenUp }, name: "offload" };
  if (memoryMb !== undefined) options.resourceLimits = limitHeap(memoryMb);
  const worker = new Worker(buildFirstLine("thread", workerEntry), options);
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let isEnded = false;
  let cause: unknown;
  worker.on("message", (message: FromWorker) => events.onMessage(message));
  worker.on("error", (error: unknown) => (cause = error));
  worker.on("messageerror", (error) => {
    cause = error;
    void worker.terminate();
  });
  worker.on("exit", (exitCode) => {
    resolve();
    if (!isEnded) events.onLost(describeLoss(cause, exitCode, memoryMb));
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    giveUp: (id) => void Atomics.store(givenUp, 0, id),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    end: async () => {
      isEnded = true;
      void worker.terminate();
      const timer = setTimeout(() => {
        process.emitWarning(unendable, { type: "ApusWarning" });
        resolve();
      }, endTime).unref();
      await gone;
      clearTimeout(timer);
    },
  };
}

/** The part for new objects is often larger than all the rest when nobody says how large it may be. */
function limitHeap(memoryMb: number): ResourceLimits {
  const young = Math.min(48, Math.max(2, Math.floor(memoryMb / 4)));
  return { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: young };
}

function describeLoss(cause: unknown, exitCode: number, memoryMb: number | undefined): WorkerLoss {
  if ((cause as { code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    const limit = memoryMb === undefined ? "" : ` (memoryMb: ${memoryMb})`;
    return { reason: "memory", what: `ran out of memory${limit}`, exitCode, cause };
  }
  if (cause === undefined) return { reason: "exit", what: `called process.exit(${exitCode})`, exitCode };
  const message = cause instanceof Error ? cause.message : "not even an error";
  return { reason: "crash", what: `ended with an error that nobody caught: ${message}`, exitCode, cause };
}
