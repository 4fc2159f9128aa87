/** What a route of the tree leads to: something that answers, whatever kind it is. */

import type { HttpResponse } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import type { RequestContext } from "../operation/request-context.ts";
import type { ErrorHandlerEntry } from "./error-handlers.ts";

export interface RouteTarget {
  /** Levels of error handlers around it, innermost first, without the app's own. */
  readonly errorLevels: readonly (readonly ErrorHandlerEntry[])[];
  /** `rest` is what a closing `path` parameter took, as it was sent. May throw: the journey answers errors. */
  answer(context: RequestContext, rest: string): MaybePromise<HttpResponse>;
}
