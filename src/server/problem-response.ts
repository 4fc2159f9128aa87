/** The answer to an error for which nobody else makes one: a message that never became a request, or a handler that broke its promise. */

import type { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";

export function buildProblem(error: HttpError): HttpResponse {
  const body = JSON.stringify(error.toProblem());
  return { status: error.status, headers: [["content-type", "application/problem+json"]], body };
}
