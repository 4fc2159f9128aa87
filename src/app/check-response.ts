/** The one place that every response passes before an engine gets it: what middleware or an error put into it must not break out. */

import { ApusError } from "../errors/apus-error.ts";
import { releaseBody } from "../http/abandon-response.ts";
import { checkHeaderName, checkHeaderValue } from "../http/header-rules.ts";
import type { HeaderLine, HttpResponse, ResponseBody } from "../http/http-response.ts";
import type { RequestContext } from "../operation/request-context.ts";
import { hasNoContent } from "../operation/to-response.ts";
import { buildProblemResponse } from "./error-handlers.ts";
import { bindStream } from "./request-stream.ts";

/**
 * The response as an engine may write it: checked, field names in lower case, with the request's id.
 * One that HTTP cannot carry becomes a 500, and the reason is the request's failure.
 */
export function checkResponse(context: RequestContext, response: HttpResponse): HttpResponse {
  const { status, body, finished, upgrade } = response;
  try {
    checkStatus(response);
    checkBody(body);
    const headers = checkLines(response.headers, context.requestId);
    if (body === null) return { status, headers, body, finished, upgrade };
    if (!hasNoContent(status)) {
      const isWhole = typeof body === "string" || body instanceof Uint8Array;
      return { status, headers, body: isWhole ? body : bindStream(context, body), finished };
    }
    releaseBody(body);
    return { status, headers, body: null, finished };
  } catch (error) {
    context.failure = error;
    releaseBody(body);
    const problem = buildProblemResponse(error);
    return { ...problem, headers: checkLines(problem.headers, context.requestId), finished };
  }
}

/** Lower case is what an engine compares with: `Content-Length` would pass it, and shift the answers behind this one. */
function checkLines(lines: readonly HeaderLine[], requestId: string): readonly HeaderLine[] {
  const checked: HeaderLine[] = [];
  for (const line of lines) {
    const [name, value] = line;
    checkHeaderName(name);
    checkHeaderValue(name, value);
    const lowerCased = name.toLowerCase();
    if (lowerCased !== "x-request-id") checked.push(lowerCased === name ? line : [lowerCased, value]);
  }
  checked.push(["x-request-id", requestId]);
  return checked;
}

function checkStatus({ status, upgrade }: HttpResponse): void {
  if (upgrade !== undefined && status === 101) return;
  if (upgrade === undefined && Number.isInteger(status) && status >= 200 && status <= 599) return;
  throw new ApusError(
    "APUS_INVALID_RESPONSE",
    `A response has the status ${String(status)}: it is an integer from 200 to 599, and 101 with "upgrade".`,
  );
}

function checkBody(body: ResponseBody): void {
  if (body === null || typeof body === "string" || body instanceof Uint8Array) return;
  if (typeof body === "object" && typeof body[Symbol.asyncIterator] === "function") return;
  throw new ApusError(
    "APUS_INVALID_RESPONSE",
    "A response has a body that is neither text, bytes, an async iterable of bytes nor null.",
  );
}
