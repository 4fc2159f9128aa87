/** The request that the running code belongs to, carried across awaits and timers. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { HttpRequest } from "./http-request.ts";

/** What any code below a request may know of it. */
export interface CurrentRequest {
  /** As the innermost middleware has left it. Its `signal` fires when the client goes, or when the time is up. */
  readonly request: HttpRequest;
  readonly requestId: string;
  /** Trace id of the W3C `traceparent` that the client sent. */
  readonly traceId: string | undefined;
  /** Template of the matched route; undefined until one matched. */
  readonly route: string | undefined;
}

export const currentRequest: AsyncLocalStorage<CurrentRequest> = new AsyncLocalStorage();

/** What ends work early that is done for a request. */
export interface RequestLimits {
  readonly signal?: AbortSignal | undefined;
  /** In the milliseconds of `performance.now()`. */
  readonly deadline?: number | undefined;
}

/** The request whose answer has left, for what is still done for it. */
const answeredRequest: AsyncLocalStorage<CurrentRequest> = new AsyncLocalStorage();

/** Runs what belongs to a request but not to its answer: background tasks and clean-up. */
export function runAfterAnswer<Result>(request: CurrentRequest, run: () => Result): Result {
  return currentRequest.run(request, () => answeredRequest.run(request, run));
}

/** The limits of the running code: those of its request until the answer has left; none behind it, and outside of one. */
export function requestLimits(): RequestLimits {
  const current = currentRequest.getStore();
  if (current === undefined || answeredRequest.getStore() === current) return {};
  const { signal, deadline } = current.request;
  return { signal, deadline };
}
