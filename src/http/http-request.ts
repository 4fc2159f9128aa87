/** A request as the framework sees it: plain, engine-neutral data whose headers are read and whose body is pulled only on demand. */

import type { MaybePromise } from "./maybe-promise.ts";

/** Field lookup without building a table: names in lower case. Repeated fields are joined with ", " (`cookie`: "; "). */
export interface RequestHeaders {
  get(name: string): string | undefined;
  /** Every line of one field, in order. */
  all(name: string): readonly string[];
  entries(): Iterable<readonly [name: string, value: string]>;
}

/** The request's content. It can be taken once, by one of the two ways. */
export interface RequestBody {
  /** Declared length in bytes; 0 when there is none; undefined when it is chunked. */
  readonly length: number | undefined;
  /** Pulls chunks at the reader's pace. Ends with an error when the client goes away in the middle. */
  stream(): AsyncIterable<Uint8Array>;
  /**
   * Everything, up to `limit` bytes; at once when it has arrived already.
   * @throws HttpError 413 as soon as the limit is passed (before reading, when the declared length passes it).
   */
  bytes(limit: number): MaybePromise<Uint8Array>;
}

export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, percent-encoded, beginning with "/" (or "*" for a server-wide OPTIONS). */
  readonly path: string;
  /** The query as it was sent, without "?"; empty when there is none. */
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  /** "http" or "https", as this server was spoken to. */
  readonly scheme: string;
  /** The peer's address; empty when it is not known. */
  readonly remoteAddress: string;
  /** The prefix under which the answering app is mounted; empty at the top. */
  readonly mountPath: string;
  /** Fires when the client has gone before the answer was complete. Never for a healthy client. */
  readonly signal: AbortSignal;
  /** When there must be an answer, in the milliseconds of `performance.now()`; undefined without a limit. */
  readonly deadline?: number | undefined;
}
