/** A request whose signal also fires when its time is up. */

import { DerivedRequest } from "../http/derived-request.ts";
import type { HttpRequest } from "../http/http-request.ts";

export class TimedRequest extends DerivedRequest {
  readonly #outer: HttpRequest;
  #controller: AbortController | undefined;
  #expiry: { readonly reason: unknown } | undefined;

  /** `deadline` in the milliseconds of `performance.now()`; an earlier one of the request stays. */
  constructor(outer: HttpRequest, deadline: number) {
    super(outer, { deadline: Math.min(deadline, outer.deadline ?? Infinity) });
    this.#outer = outer;
  }

  /** Made only when somebody asks for it, as the engine's own is. */
  override get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  /** Fires the signal with this reason, unless the client has gone before. */
  expire(reason: unknown): void {
    this.#expiry = { reason };
    this.#controller?.abort(reason);
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const outer = this.#outer.signal;
    const leave = (): void => controller.abort(outer.reason);
    if (this.#expiry !== undefined) controller.abort(this.#expiry.reason);
    else if (outer.aborted) leave();
    else outer.addEventListener("abort", leave, { once: true });
    return controller;
  }
}
