/** What every handler and every dependency of a request is given, whatever it declares. */

import type { HttpRequest } from "../http/http-request.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Logger } from "../log/logger.ts";

export type BackgroundTask = () => unknown;

export interface HandlerTools {
  readonly request: HttpRequest;
  /** Fires when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /** Carries the request id, method and route on every line. */
  readonly log: Logger;
  readonly requestId: string;
  /** Status, headers and cookies of the answer. */
  readonly response: ResponseHead;
  /**
   * Runs after the last byte of the answer, in this process, before dependencies are cleaned up; not after an error.
   * What must not be lost belongs into a queue.
   * @throws HttpError 503 when far too many are waiting or running already
   */
  readonly background: (task: BackgroundTask) => void;
}
