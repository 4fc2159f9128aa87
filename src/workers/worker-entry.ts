/** The worker's side: takes calls and answers them. It is the first module that a worker imports. */

import { parentPort } from "node:worker_threads";
import { CallRunner } from "./call-runner.ts";
import { workerHome } from "./inside-worker.ts";
import type { ToWorker } from "./worker-messages.ts";

/** Where a worker begins. Bundled, it is the file that all of this ended up in. */
export const workerEntry: string = import.meta.url;

if (workerHome !== undefined && workerHome.tell === undefined) {
  const runner = new CallRunner(workerHome, createPost());
  workerHome.tell = (message) => runner.post(message);
  const receive = (message: ToWorker): void => runner.receive(message);
  if (workerHome.kind === "thread") parentPort?.on("message", receive);
  else answerProcess(receive);
}

function createPost(): CallRunner["post"] {
  if (workerHome?.kind === "thread") return (message, transfer = []) => parentPort?.postMessage(message, transfer);
  return (message) => void process.send?.(message);
}

function answerProcess(receive: (message: ToWorker) => void): void {
  process.on("message", (message) => receive(message as ToWorker));
  process.on("disconnect", () => process.exit());
  // Ctrl+C reaches every process of the terminal; the main one decides when this one ends.
  process.on("SIGINT", () => {});
}
