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
