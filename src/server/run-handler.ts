/** Gives a request to the handler: always an answer, whatever becomes of it. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { buildProblem } from "./problem-response.ts";

/** At once where the handler's answer is there at once, or the load is shed; a handler that breaks its promise is a 500. */
export function runHandler({ shedder, handler }: ConnectionHost, request: HttpRequest): MaybePromise<HttpResponse> {
  try {
    const answer = shedder.refuse() ?? handler.handle(request);
    return answer instanceof Promise ? answer.catch(buildFailure) : answer;
  } catch {
    return buildFailure();
  }
}

function buildFailure(): HttpResponse {
  return buildProblem(new HttpError(500));
}
