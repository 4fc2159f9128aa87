/** Reads chunk extensions byte by byte (RFC 9112 §7.1.1): names and values by the grammar, nothing kept, their bytes counted for the whole request. */

import { HttpError } from "../errors/http-error.ts";
import { isTokenCode } from "../http/header-rules.ts";

const carriageReturn = 0x0d;
const quote = 0x22;
const backslash = 0x5c;

/** What the next byte belongs to. */
const place = { nameStart: 0, name: 1, valueStart: 2, token: 3, quoted: 4, escaped: 5, afterQuoted: 6 } as const;
type Place = (typeof place)[keyof typeof place];

export class ChunkExtensions {
  readonly #limit: number;
  #count = 0;
  #place: Place = place.nameStart;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Called behind the ";" that begins the extensions of a chunk. */
  begin(): void {
    this.#place = place.nameStart;
    this.#countByte();
  }

  /**
   * Whether the byte was the CR behind the extensions.
   * @throws HttpError 400 for what the grammar does not allow, 413 beyond the limit
   */
  take(byte: number): boolean {
    const next = this.#follow(byte);
    if (next === undefined) return true;
    this.#countByte();
    this.#place = next;
    return false;
  }

  #countByte(): void {
    this.#count += 1;
    if (this.#count > this.#limit) {
      throw new HttpError(413, { detail: `Chunk extensions may have ${this.#limit} bytes.` });
    }
  }

  #follow(byte: number): Place | undefined {
    switch (this.#place) {
      case place.nameStart:
        return isTokenCode(byte) ? place.name : refuseExtension();
      case place.name:
        if (isTokenCode(byte)) return place.name;
        return byte === 0x3d ? place.valueStart : followEnd(byte);
      case place.valueStart:
        if (byte === quote) return place.quoted;
        return isTokenCode(byte) ? place.token : refuseExtension();
      case place.token:
        return isTokenCode(byte) ? place.token : followEnd(byte);
      case place.quoted:
        if (byte === quote) return place.afterQuoted;
        if (byte === backslash) return place.escaped;
        return isText(byte) ? place.quoted : refuseExtension();
      case place.escaped:
        return isText(byte) ? place.quoted : refuseExtension();
      case place.afterQuoted:
      default:
        return followEnd(byte);
    }
  }
}

function followEnd(byte: number): Place | undefined {
  if (byte === carriageReturn) return undefined;
  return byte === 0x3b ? place.nameStart : refuseExtension();
}

/** HTAB, SP, VCHAR and obs-text (RFC 9110 §5.6.4). */
function isText(byte: number): boolean {
  return byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
}

function refuseExtension(): never {
  throw new HttpError(400, { detail: "A chunk extension is not what its grammar allows." });
}
