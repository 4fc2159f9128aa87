/** One call of an offloaded function on the caller's side: waits, runs, is answered or given up. */

import type { Transferable } from "node:worker_threads";
import { HttpError } from "../errors/http-error.ts";
import type { ErrorClass } from "./inside-worker.ts";
import type { OffloadPriority } from "./offloaded.ts";
import type { RemoteStream } from "./remote-stream.ts";
import { StreamReader } from "./stream-reader.ts";
import { showUrl, type CallTarget, type RequestFacts } from "./worker-messages.ts";
import type { WorkerKind } from "./worker-port.ts";

/** What is to be run, and how. */
export interface CallOrder {
  readonly target: CallTarget;
  readonly args: readonly unknown[];
  readonly transfer: readonly Transferable[];
  readonly workerKind: WorkerKind;
  readonly priority: OffloadPriority;
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly request: RequestFacts | undefined;
  readonly errors: readonly ErrorClass[];
}

/** How a call ended, for the statistics. */
export type CallEnd = "completed" | "failed" | "timedOut" | "abandoned" | "lost";

let lastId = 0;

export class WorkerCall {
  /** Fits into 32 bits; a worker has one call at a time. */
  readonly id: number = (lastId = (lastId + 1) & 0x7fffffff);
  readonly order: CallOrder;
  readonly queuedAt: number = performance.now();
  startedAt = 0;
  end: CallEnd | undefined;
  readonly #onEnd: (call: WorkerCall) => void;
  /** Let go with the answer: a stream that nobody holds any more must not be held by it. */
  #answer: PromiseWithResolvers<unknown> | undefined = Promise.withResolvers<unknown>();
  #stream: RemoteStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #giveUp: ((reason: unknown, end: CallEnd) => void) | undefined;

  /** `onEnd` is called once, when the caller has been told. */
  constructor(order: CallOrder, onEnd: (call: WorkerCall) => void) {
    this.order = order;
    this.#onEnd = onEnd;
  }

  /** To be asked for before the call is run. */
  get promise(): Promise<unknown> {
    return this.#answer?.promise ?? Promise.reject(new Error("The call has been answered."));
  }

  get priority(): OffloadPriority {
    return this.order.priority;
  }

  /** What is done when the signal fires or the time is up; another one when the call has gone from the queue to a worker. */
  onGivenUp(giveUp: (reason: unknown, end: CallEnd) => void): void {
    if (this.#giveUp === undefined) this.order.signal?.addEventListener("abort", this.#onAbort);
    this.#giveUp = giveUp;
  }

  /** The function begins: from now on its time counts. */
  begin(): void {
    const { timeout } = this.order;
    if (timeout === undefined || this.end !== undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      const cause = new Error(`The offloaded ${describeTarget(this.order.target)} took longer than ${timeout} ms.`);
      this.#giveUp?.(new HttpError(504, "The work took too long.", { cause }), "timedOut");
    }, timeout);
  }

  openStream(stream: RemoteStream): void {
    if (this.end !== undefined) return;
    this.#stream = stream;
    this.#answer?.resolve(new StreamReader(stream));
    this.#answer = undefined;
  }

  pushItem(value: unknown): void {
    this.#stream?.push(value);
  }

  complete(value: unknown): void {
    this.#stream?.finish(value);
    if (!this.#close("completed")) return;
    this.#answer?.resolve(value);
  }

  fail(error: unknown, end: CallEnd): void {
    const isGivenUp = end === "timedOut" || end === "abandoned";
    this.#stream?.fail(error, isGivenUp);
    if (!this.#close(end)) return;
    this.#answer?.reject(error);
  }

  /** Nobody reads on: neither the signal nor the time matters any more, only that the worker cleans up. */
  abandon(): void {
    this.#close("abandoned");
  }

  readonly #onAbort = (): void => this.#giveUp?.(this.order.signal?.reason, "abandoned");

  #close(end: CallEnd): boolean {
    if (this.end !== undefined) return false;
    this.end = end;
    clearTimeout(this.#timer);
    this.order.signal?.removeEventListener("abort", this.#onAbort);
    this.#onEnd(this);
    return true;
  }
}

/** A function and its module, for messages. */
export function describeTarget({ name, url }: CallTarget): string {
  return `${JSON.stringify(name)} of ${showUrl(url)}`;
}
