/** A worker ended while it ran a call: it crashed, left, or ran out of memory. */

/** How a worker was lost. */
export interface WorkerLoss {
  readonly reason: "crash" | "exit" | "memory";
  /** What the worker did, for a sentence that begins with it. */
  readonly what: string;
  /** As the worker left it; undefined when a signal ended it. */
  readonly exitCode?: number | undefined;
  readonly cause?: unknown;
}

/** The work cannot be finished, whatever it was; other calls are not concerned. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
  /** An error that nobody caught or a signal, `process.exit()`, or the limit of the heap. */
  readonly reason: WorkerLoss["reason"];
  readonly exitCode: number | undefined;

  /** `target` says what the worker ran. */
  constructor(target: string, { reason, what, exitCode, cause }: WorkerLoss) {
    super(`The worker that ran ${target} ${what}.`, cause === undefined ? {} : { cause });
    this.reason = reason;
    this.exitCode = exitCode;
  }
}
