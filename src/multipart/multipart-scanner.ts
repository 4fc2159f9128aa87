/** Cuts multipart content (RFC 2046 §5.1) into the headers and the data of its parts, in whatever pieces it comes. */

import { refuseForm } from "./form-refusal.ts";

/** "part" ends the part before it and has the header block; "end" is the closing delimiter. */
export type ScanEvent =
  | { readonly kind: "part"; readonly header: Uint8Array }
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "end" };

type State = "preamble" | "delimiter" | "header" | "data" | "epilogue";

/** Bytes of the header block of one part. */
export const maxHeaderBytes = 8_192;

const dash = 0x2d;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const lineBreak: Buffer = Buffer.from("\r\n");
const headerEnd: Buffer = Buffer.from("\r\n\r\n");
const endEvent: ScanEvent = { kind: "end" };

/**
 * Pieces go in by `push()`, events come out by `next()`. Every byte is looked at once: the delimiter begins with the only
 * CR in it, so what might be its beginning at the end of a piece starts at the last CR.
 */
export class MultipartScanner {
  readonly #delimiter: Buffer;
  #state: State = "preamble";
  /** The line break that the first delimiter needs when nothing stands before it. */
  #buffer: Buffer = lineBreak;
  #start = 0;
  #end: number = lineBreak.length;
  /** Where the search for the end of the headers goes on. */
  #searched = 0;
  /** Bytes before the data of a part: the line break that ends its headers may be that of a delimiter. */
  #lead = 0;
  #isPadded = false;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** Whether the closing delimiter has been found; what comes behind it is ignored. */
  get isDone(): boolean {
    return this.#state === "epilogue";
  }

  /** Takes the next piece, whose bytes may not change afterwards; slices of it are given out. */
  push(piece: Uint8Array): void {
    if (this.isDone) return;
    const rest = this.#end - this.#start;
    if (rest === 0) {
      this.#buffer = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      this.#searched = 0;
      this.#start = 0;
      this.#end = piece.length;
      return;
    }
    // Room that doubles, and is only written behind what has been given out.
    if (this.#end + piece.length > this.#buffer.length) this.#move(rest, piece.length);
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
  }

  /**
   * The next event; undefined when it needs more bytes.
   * @throws HttpError 400 for what is no multipart content, 413 for a header block of more than 8 KiB.
   */
  next(): ScanEvent | undefined {
    for (;;) {
      switch (this.#state) {
        case "preamble":
        case "data": {
          const bytes = this.#readData();
          if (bytes !== undefined) return { kind: "data", bytes };
          if (this.#isSearching) return undefined;
          break;
        }
        case "delimiter":
          if (!this.#readDelimiter()) return undefined;
          if (this.isDone) return endEvent;
          break;
        case "header": {
          const header = this.#readHeader();
          return header === undefined ? undefined : { kind: "part", header };
        }
        case "epilogue":
          return undefined;
      }
    }
  }

  get #isSearching(): boolean {
    return this.#state === "preamble" || this.#state === "data";
  }

  #move(rest: number, more: number): void {
    const room = Buffer.allocUnsafeSlow(Math.max(rest + more, 2 * rest));
    this.#buffer.copy(room, 0, this.#start, this.#end);
    this.#searched = Math.max(0, this.#searched - this.#start);
    this.#buffer = room;
    this.#start = 0;
    this.#end = rest;
  }

  /** Data up to the delimiter, or to what may be its beginning; undefined when there is none. */
  #readData(): Uint8Array | undefined {
    const isPreamble = this.#state === "preamble";
    const view = this.#buffer.subarray(this.#start, this.#end);
    const found = view.indexOf(this.#delimiter);
    const size = found === -1 ? view.length - this.#countHeld(view) : found;
    const from = Math.min(this.#lead, size);
    this.#lead -= from;
    if (found === -1) this.#start += size;
    else {
      this.#start += found + this.#delimiter.length;
      this.#state = "delimiter";
      this.#isPadded = false;
      this.#lead = 0;
    }
    return isPreamble || size === from ? undefined : view.subarray(from, size);
  }

  /** How many of the last bytes may be the beginning of a delimiter. */
  #countHeld(view: Buffer): number {
    const tail = view.subarray(Math.max(0, view.length - this.#delimiter.length + 1));
    const at = tail.lastIndexOf(carriageReturn);
    if (at === -1) return 0;
    const held = tail.length - at;
    return this.#delimiter.compare(tail, at, tail.length, 0, held) === 0 ? held : 0;
  }

  /** What stands behind a delimiter: "--" for the last one, otherwise white space (RFC 2046 §5.1.1) and a line break. */
  #readDelimiter(): boolean {
    const buffer = this.#buffer;
    while (this.#start < this.#end && isSpace(buffer[this.#start])) {
      this.#start += 1;
      this.#isPadded = true;
    }
    if (this.#end - this.#start < 2) return false;
    const [one, other] = [buffer[this.#start], buffer[this.#start + 1]];
    if (one === dash && other === dash && !this.#isPadded) this.#state = "epilogue";
    else if (one === carriageReturn && other === lineFeed) {
      this.#state = "header";
      this.#searched = this.#start;
    } else {
      throw refuseForm({ status: 400, code: "form-syntax", detail: "The form has a delimiter that is malformed." });
    }
    return true;
  }

  /** The header block without the line breaks around it; the one before it is still there, so that no header is one, too. */
  #readHeader(): Uint8Array | undefined {
    const view = this.#buffer.subarray(0, this.#end);
    const at = view.indexOf(headerEnd, this.#searched);
    const size = (at === -1 ? this.#end : at) - this.#start;
    if (size > maxHeaderBytes) {
      const detail = `A part of the form has headers of more than ${maxHeaderBytes} bytes.`;
      throw refuseForm({ status: 413, code: "part-header", detail, more: { limit: maxHeaderBytes } });
    }
    if (at === -1) {
      this.#searched = Math.max(this.#start, this.#end - headerEnd.length + 1);
      return undefined;
    }
    const header = view.subarray(Math.min(this.#start + lineBreak.length, at), at);
    this.#start = at + lineBreak.length;
    this.#lead = lineBreak.length;
    this.#state = "data";
    return header;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}
