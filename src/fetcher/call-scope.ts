/** The bounds of one call: what it belongs to, how long it may take, and the signal that fires when that is over. */

import { currentRequest, requestLimits, type CurrentRequest } from "../http/current-request.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface CallScopeParts {
  readonly upstream: string;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds for all of it. */
  readonly total: number;
}

/** What a signal gives when the call has ended and nobody listens any more; made once, because errors cost. */
const ended = new DOMException("The call has ended.", "AbortError");

export class CallScope {
  /** The request that the call is made for; undefined outside of one. */
  readonly request: CurrentRequest | undefined;
  readonly #controller = new AbortController();
  readonly #outer: readonly AbortSignal[];
  readonly #end: number;
  #timer: NodeJS.Timeout | undefined;

  constructor({ upstream, signal, total }: CallScopeParts) {
    this.request = currentRequest.getStore();
    const limits = requestLimits();
    const now = performance.now();
    const left = (limits.deadline ?? Infinity) - now;
    this.#end = now + Math.min(total, left);
    this.#outer = [signal, limits.signal].filter((one) => one !== undefined);
    for (const one of this.#outer) {
      if (one.aborted) this.#leave();
      else one.addEventListener("abort", this.#leave, { once: true });
    }
    const stage = left < total ? "deadline" : "total";
    const expire = (): void => {
      const words = stage === "total" ? `The call took more than ${total} ms.` : "The request's own time was up.";
      this.abort(new UpstreamError("timeout", { upstream, stage, cause: new Error(words) }));
    };
    if (this.remaining <= 0) expire();
    else this.#timer = setTimeout(expire, this.remaining);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds that are left. */
  get remaining(): number {
    return this.#end - performance.now();
  }

  abort(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#controller.abort(reason);
  }

  /** The head of a stream is here: how long its content takes is not for us to say. */
  untime(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of everything, also of content that is still being sent. */
  end(): void {
    for (const one of this.#outer) one.removeEventListener("abort", this.#leave);
    this.abort(ended);
  }

  readonly #leave = (): void => this.abort(this.#outer.find(({ aborted }) => aborted)?.reason);
}
