/** Reads the trailer section byte by byte (RFC 9112 §7.1.2): its lines must be fields, and none of them is kept. */

import { HttpError } from "../errors/http-error.ts";
import { isTokenCode } from "../http/header-rules.ts";
import type { EngineOptions } from "./engine.ts";

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** What the next byte belongs to. */
const place = { lineStart: 0, name: 1, value: 2, lineEnd: 3, end: 4 } as const;
type Place = (typeof place)[keyof typeof place];

export class TrailerReader {
  readonly #options: EngineOptions;
  #place: Place = place.lineStart;
  #bytes = 0;
  #lines = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /**
   * Whether the byte ended the section.
   * @throws HttpError 400 for what is no field, 431 beyond a limit
   */
  take(byte: number): boolean {
    if (this.#place === place.end) return byte === lineFeed || refuseTrailer();
    this.#bytes += 1;
    const { maxTrailerBytes, maxTrailers } = this.#options;
    // The empty line belongs to the framing, not to the fields.
    const isLastReturn = this.#place === place.lineStart && byte === carriageReturn;
    if (this.#bytes > maxTrailerBytes && !isLastReturn) throw new HttpError(431);
    this.#place = this.#follow(byte);
    if (this.#lines > maxTrailers) throw new HttpError(431);
    return false;
  }

  #follow(byte: number): Place {
    switch (this.#place) {
      case place.lineStart:
        if (byte === carriageReturn) return place.end;
        this.#lines += 1;
        return isTokenCode(byte) ? place.name : refuseTrailer();
      case place.name:
        if (byte === 0x3a) return place.value;
        return isTokenCode(byte) ? place.name : refuseTrailer();
      case place.value:
        if (byte === carriageReturn) return place.lineEnd;
        return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? place.value : refuseTrailer();
      case place.lineEnd:
      case place.end:
      default:
        return byte === lineFeed ? place.lineStart : refuseTrailer();
    }
  }
}

function refuseTrailer(): never {
  throw new HttpError(400, { detail: "A trailer line is not a field." });
}
