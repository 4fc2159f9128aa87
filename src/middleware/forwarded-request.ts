/** A request as the client sent it to the first proxy: the same one, with the client's address, scheme and host. */

import { DerivedRequest } from "../http/derived-request.ts";
import type { HttpRequest, RequestHeaders } from "../http/http-request.ts";

/** What is known of the client; `host` is undefined when it is the request's own. */
export interface ForwardedFacts {
  readonly remoteAddress: string;
  readonly scheme: string;
  readonly host: string | undefined;
}

/** The same request, as the client sent it. */
export function withForwardedFacts(outer: HttpRequest, { remoteAddress, scheme, host }: ForwardedFacts): HttpRequest {
  const changes = { remoteAddress, scheme };
  if (host === undefined) return new DerivedRequest(outer, changes);
  return new DerivedRequest(outer, { ...changes, headers: new HeadersWithHost(outer.headers, host) });
}

class HeadersWithHost implements RequestHeaders {
  readonly #outer: RequestHeaders;
  readonly #host: string;

  constructor(outer: RequestHeaders, host: string) {
    this.#outer = outer;
    this.#host = host;
  }

  get(name: string): string | undefined {
    return name === "host" ? this.#host : this.#outer.get(name);
  }

  all(name: string): readonly string[] {
    return name === "host" ? [this.#host] : this.#outer.all(name);
  }

  *entries(): Iterable<readonly [string, string]> {
    yield ["host", this.#host];
    for (const line of this.#outer.entries()) if (line[0] !== "host") yield line;
  }
}
