/** The seam between an engine and the framework: one request in, one response out. */

import type { HttpRequest } from "./http-request.ts";
import type { HttpResponse } from "./http-response.ts";

export interface RequestHandler {
  /** Never throws and never rejects: what goes wrong inside is already a response. */
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}
