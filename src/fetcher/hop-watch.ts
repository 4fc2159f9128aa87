/** Watches one request on its way through the pool: whether it has left, and how long its answer takes to begin. */

import type { Dispatcher } from "undici";
import { translateFailure } from "./translate-failure.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface HopWatchParts {
  readonly signal: AbortSignal;
  /** Milliseconds from the end of the request to the head of the answer. */
  readonly head: number;
}

export class HopWatch {
  readonly #outer: AbortSignal;
  readonly #head: number;
  readonly #upstream: string;
  readonly #controller = new AbortController();
  #isSent = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ signal, head }: HopWatchParts, upstream: string) {
    this.#outer = signal;
    this.#head = head;
    this.#upstream = upstream;
    if (signal.aborted) this.#leave();
    else signal.addEventListener("abort", this.#leave, { once: true });
  }

  /** Fires with the call's own signal, and when the head does not come. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first byte is about to leave: from here on a failure may have had an effect. */
  begin(): void {
    this.#isSent = true;
  }

  /** All of the request has left. */
  startTimer(): void {
    // An answer may begin before the request has ended.
    if (this.#isOver || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      const cause = new Error(`The answer did not begin within ${this.#head} ms.`);
      this.#controller.abort(new UpstreamError("timeout", { upstream: this.#upstream, stage: "head", cause }));
    }, this.#head);
  }

  stopTimer(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  end(): void {
    this.stopTimer();
    this.#outer.removeEventListener("abort", this.#leave);
  }

  /** What the caller is told of a failure. A signal's reason says more than that the request was aborted. */
  translate(error: unknown): unknown {
    if (error instanceof UpstreamError) return error;
    if (this.signal.aborted) return this.signal.reason;
    return translateFailure(error, { upstream: this.#upstream, isSent: this.#isSent });
  }

  readonly #leave = (): void => this.#controller.abort(this.#outer.reason);
}

/** Tells the watch, which comes with the request, what becomes of it. Each request has a handler of its own. */
export function watchHops(dispatch: Dispatcher["dispatch"]): Dispatcher["dispatch"] {
  return (options, handler) => {
    const { opaque: watch } = options as { readonly opaque?: unknown };
    if (!(watch instanceof HopWatch)) return dispatch(options, handler);
    const watched = handler as Dispatcher.DispatchHandler & { onRequestSent?: () => void };
    const start = watched.onRequestStart?.bind(handler);
    const sent = watched.onRequestSent?.bind(handler);
    watched.onRequestStart = (controller, context) => {
      watch.begin();
      start?.(controller, context);
    };
    watched.onRequestSent = () => {
      watch.startTimer();
      sent?.();
    };
    return dispatch(options, handler);
  };
}
