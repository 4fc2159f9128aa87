/** What every handler and every dependency of a request is given, whatever it declares. */

import type { HttpRequest } from "../http/http-request.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Logger } from "../log/logger.ts";

export interface HandlerTools {
  readonly request: HttpRequest;
  /** Fires when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /** Carries the request id, method and route on every line. */
  readonly log: Logger;
  readonly requestId: string;
  /** Status, headers and cookies of the answer. */
  readonly response: ResponseHead;
}
