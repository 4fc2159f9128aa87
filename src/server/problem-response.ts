/** The answer to an error for which nobody else makes one: a message that never became a request, or a handler that broke its promise. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";

export function buildProblem(error: HttpError): HttpResponse {
  const body = JSON.stringify(error.toProblem());
  return { status: error.status, headers: [["content-type", "application/problem+json"]], body };
}

/** What an engine writes that cannot change its protocol: a response that wants to is answered 501. */
export function withoutUpgrade(response: HttpResponse): HttpResponse {
  if (response.upgrade === undefined) return response;
  return {
    ...buildProblem(new HttpError(501, "This server cannot change its protocol.")),
    finished: response.finished,
  };
}
