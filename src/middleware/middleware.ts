/** Code around a request: gets it on the way in, and its response on the way out. */

import { ApusError } from "../errors/apus-error.ts";
import { DerivedRequest } from "../http/derived-request.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";

/** Goes on to the next middleware, and at last to the route; errors below are already problem documents. */
export type Next = (request?: HttpRequest) => Promise<HttpResponse>;

export type Middleware = (request: HttpRequest, next: Next) => HttpResponse | Promise<HttpResponse>;

export type Answer = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Answers what a middleware threw. */
export type Rescue = (error: unknown) => Promise<HttpResponse>;

/**
 * Folds middleware around an answer once, at startup; the first one is the outermost.
 * What one throws is answered by `rescue` before the next one outwards sees it.
 */
export function buildMiddlewareChain(chain: readonly Middleware[], answer: Answer, rescue: Rescue): Answer {
  return chain.reduceRight<Answer>((inner, middleware) => {
    return async (request) => {
      try {
        const next: Next = async (changed) => inner(changed === undefined ? request : complete(changed, request));
        return refuseNothing(await middleware(request, next));
      } catch (error) {
        return rescue(error);
      }
    };
  }, answer);
}

/** A copy made by spreading lacks what the engine only computes when it is asked. */
function complete(changed: Partial<HttpRequest>, request: HttpRequest): HttpRequest {
  if ("signal" in changed && "remoteAddress" in changed) return changed as HttpRequest;
  return new DerivedRequest(request, changed);
}

function refuseNothing(response: HttpResponse): HttpResponse {
  if (typeof response === "object" && response !== null) return response;
  const what = response === null ? "null" : typeof response;
  const message = `A middleware returned ${what}: return what next() resolves with, or a response of its own.`;
  throw new ApusError("APUS_INVALID_RESPONSE", message);
}
