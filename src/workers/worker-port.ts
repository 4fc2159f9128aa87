/** The seam between the pool and what a worker is: a thread, or a process. */

import type { Transferable } from "node:worker_threads";
import type { WorkerLoss } from "./worker-lost-error.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** What calls that share workers have in common. */
export interface WorkerKind {
  readonly process: boolean;
  readonly memoryMb: number | undefined;
}

export interface WorkerPort {
  /** @throws DOMException DataCloneError for what cannot be sent */
  post(message: ToWorker, transfer: readonly Transferable[]): void;
  /** What a loop that awaits nothing can see: the call of this id is given up. */
  giveUp(id: number): void;
  /** Whether it keeps this process running. */
  hold(isHeld: boolean): void;
  /** Ends it, in the middle of what it does; resolves when it is gone. */
  end(): Promise<void>;
}

export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  /** It is gone, and nobody had ended it. */
  onLost(loss: WorkerLoss): void;
}
