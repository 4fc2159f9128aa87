/** A request as a mounted app sees it: the same one, below its prefix. */

import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";

export class MountedRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly scheme: string;
  readonly mountPath: string;
  readonly #outer: HttpRequest;

  /** `path` is what is left below the prefix, as it was sent; `prefix` is the mount's template. */
  constructor(outer: HttpRequest, prefix: string, path: string) {
    this.method = outer.method;
    this.path = path;
    this.query = outer.query;
    this.headers = outer.headers;
    this.body = outer.body;
    this.scheme = outer.scheme;
    this.mountPath = `${outer.mountPath}${prefix}`;
    this.#outer = outer;
  }

  get remoteAddress(): string {
    return this.#outer.remoteAddress;
  }

  get signal(): AbortSignal {
    return this.#outer.signal;
  }
}
