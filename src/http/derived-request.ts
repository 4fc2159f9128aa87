/** A request made of another one: the same in all that is not given anew. */

import type { HttpRequest, RequestBody, RequestHeaders } from "./http-request.ts";

export class DerivedRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly scheme: string;
  readonly mountPath: string;
  readonly #outer: HttpRequest;
  readonly #changes: Partial<HttpRequest>;

  constructor(outer: HttpRequest, changes: Partial<HttpRequest> = {}) {
    this.method = changes.method ?? outer.method;
    this.path = changes.path ?? outer.path;
    this.query = changes.query ?? outer.query;
    this.headers = changes.headers ?? outer.headers;
    this.body = changes.body ?? outer.body;
    this.scheme = changes.scheme ?? outer.scheme;
    this.mountPath = changes.mountPath ?? outer.mountPath;
    this.#outer = outer;
    this.#changes = changes;
  }

  // Engines compute these only when they are asked.
  get remoteAddress(): string {
    return this.#changes.remoteAddress ?? this.#outer.remoteAddress;
  }

  get deadline(): number | undefined {
    return this.#changes.deadline ?? this.#outer.deadline;
  }

  get signal(): AbortSignal {
    return this.#changes.signal ?? this.#outer.signal;
  }
}
