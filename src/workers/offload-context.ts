/** What a function that runs in a worker may know of its call. */

import { AsyncLocalStorage } from "node:async_hooks";
import { currentRequest } from "../http/current-request.ts";

export interface OffloadContext {
  /** Fires when the call was given up: the client has gone, or the time is up. */
  readonly signal: AbortSignal;
  /** Throws once the call was given up: for loops that await nothing, which no signal reaches. */
  throwIfGivenUp(): void;
  /** Id of the request that the call belongs to, if it belongs to one. */
  readonly requestId: string | undefined;
  /** The W3C `traceparent` of that request. */
  readonly traceparent: string | undefined;
}

/** The call that runs, in a worker. */
export const runningCall: AsyncLocalStorage<OffloadContext> = new AsyncLocalStorage();

/** Outside of a worker, it tells of the running request. */
export function readContext(): OffloadContext {
  const call = runningCall.getStore();
  if (call !== undefined) return call;
  const current = currentRequest.getStore();
  const signal = current?.request.signal ?? new AbortController().signal;
  return {
    signal,
    throwIfGivenUp: () => signal.throwIfAborted(),
    requestId: current?.requestId,
    traceparent: current?.request.headers.get("traceparent"),
  };
}
