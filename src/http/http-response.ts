/** A response as the framework makes it: plain data that an engine writes. */

import type { Duplex } from "node:stream";

/** Header lines in order; names in lower case. A list, because `set-cookie` must never be joined. */
export type HeaderLine = readonly [name: string, value: string];

/** A stream that knows how many bytes it gives: an engine says so in the head, and breaks the answer off when it gives others. */
export interface SizedStream extends AsyncIterable<Uint8Array> {
  readonly byteLength: number;
}

/** A stream that can read its pieces into memory of its own, again and again: for who is done with a piece before the next one. */
export interface LentStream extends AsyncIterable<Uint8Array> {
  /** In place of its iterator. A piece is of no use any more once the next one is asked for. */
  lend(): AsyncIterator<Uint8Array>;
}

export function canLend(body: AsyncIterable<Uint8Array>): body is LentStream {
  return typeof (body as Partial<LentStream>).lend === "function";
}

/** Bytes that the stream of a response will give; undefined when it has not said. */
export function sizeOf(body: AsyncIterable<Uint8Array>): number | undefined {
  const size: unknown = (body as Partial<SizedStream>).byteLength;
  return typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

/** null: no content. Text is sent as UTF-8. A stream is pulled at the client's pace. */
export type ResponseBody = string | Uint8Array | AsyncIterable<Uint8Array> | null;

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: ResponseBody;
  /**
   * Called once by whoever writes the response: after the last byte, or when it could not be written to its end.
   * `failure` is set when the body's own stream failed or the client went away.
   */
  readonly finished?: ((failure?: unknown) => void) | undefined;
  /**
   * With status 101, and a header line "upgrade": takes the connection over once the head is written.
   * `rest` is what the client has sent already. Engines that cannot do it answer 501.
   */
  readonly upgrade?: ((socket: Duplex, rest: Uint8Array) => void) | undefined;
}
