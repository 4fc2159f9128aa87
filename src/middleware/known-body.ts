/** A request whose content has been read already, for whoever reads it next. */

import { collectBytes } from "../http/body-reader.ts";
import { DerivedRequest } from "../http/derived-request.ts";
import type { HttpRequest, RequestBody } from "../http/http-request.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";

/** The same bytes again, once, as every body. */
class KnownBody implements RequestBody {
  readonly length: number;
  readonly #content: Uint8Array;
  #isTaken = false;

  constructor(content: Uint8Array) {
    this.length = content.length;
    this.#content = content;
  }

  async *stream(): AsyncIterable<Uint8Array> {
    const content = this.#take();
    if (content.length > 0) yield content;
  }

  bytes(limit: number): MaybePromise<Uint8Array> {
    return this.length <= limit ? this.#take() : collectBytes(this.stream(), this.length, limit);
  }

  #take(): Uint8Array {
    if (this.#isTaken) throw new Error("The request's body has been read already.");
    this.#isTaken = true;
    return this.#content;
  }
}

/** The same request, with a content that was read before. */
export function withKnownBody(outer: HttpRequest, content: Uint8Array): HttpRequest {
  return new DerivedRequest(outer, { body: new KnownBody(content) });
}
