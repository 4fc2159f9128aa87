/** Code around a request: gets it on the way in, and its response on the way out. */

import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";

/** Goes on to the next middleware, and at last to the route; errors below are already problem documents. */
export type Next = (request?: HttpRequest) => Promise<HttpResponse>;

export type Middleware = (request: HttpRequest, next: Next) => HttpResponse | Promise<HttpResponse>;

export type Answer = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** Folds middleware around an answer once, at startup; the first one is the outermost. */
export function buildMiddlewareChain(chain: readonly Middleware[], answer: Answer): Answer {
  return chain.reduceRight<Answer>(
    (inner, middleware) => (request) => middleware(request, async (changed) => inner(changed ?? request)),
    answer,
  );
}
