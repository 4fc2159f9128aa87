/** From an error to its answer: the user's handlers by class, then the problem document. */

import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { encodeJson } from "../operation/encode-json.ts";
import type { HandlerTools } from "../dependencies/handler-tools.ts";
import type { Reply } from "../operation/reply.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: a class of any constructor
export type ErrorClass<E extends Error = Error> = abstract new (...given: any[]) => E;

/** Gets the error and the tools of a handler; returns what a handler may return. */
export type ErrorHandler<E extends Error = Error> = (
  error: E,
  tools: HandlerTools,
) => Reply | Response | undefined | Promise<Reply | Response | undefined>;

export interface ErrorHandlerEntry {
  readonly errorClass: ErrorClass;
  readonly handler: ErrorHandler;
}

/**
 * The handler for an error: innermost level first, within it the class nearest to the error's own,
 * and of two for one class the one declared last.
 */
export function findErrorHandler(
  levels: readonly (readonly ErrorHandlerEntry[])[],
  error: Error,
): ErrorHandler | undefined {
  for (const level of levels) {
    let best: ErrorHandlerEntry | undefined;
    for (const entry of level) {
      if (!(error instanceof entry.errorClass)) continue;
      if (best === undefined || isSameOrSubclass(entry.errorClass, best.errorClass)) best = entry;
    }
    if (best !== undefined) return best.handler;
  }
  return undefined;
}

function isSameOrSubclass(one: ErrorClass, other: ErrorClass): boolean {
  return one === other || one.prototype instanceof other;
}

/**
 * The problem document of an error; 500 without detail for whatever is not an `HttpError`.
 * @throws TypeError when an extension member has no JSON form.
 */
export function buildProblemResponse(error: unknown): HttpResponse {
  const known = error instanceof HttpError ? error : new HttpError(500);
  const body = encodeJson(known.toProblem());
  const headers = Object.entries(known.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { status: known.status, headers: [["content-type", "application/problem+json"], ...headers], body };
}
