/** Decodes the chunked coding (RFC 9112 §7.1), however its bytes are split; the data of many small chunks is moved together. */

import { HttpError } from "../errors/http-error.ts";
import { ChunkExtensions } from "./chunk-extensions.ts";
import type { EngineOptions } from "./engine.ts";
import type { Inbox } from "./inbox.ts";
import { TrailerReader } from "./trailer-reader.ts";

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;
const maxSizeDigits = 16;

/** What the next byte belongs to. */
const step = { size: 0, extension: 1, sizeEnd: 2, data: 3, dataReturn: 4, dataEnd: 5, trailer: 6, done: 7 } as const;
type Step = (typeof step)[keyof typeof step];

export class ChunkedDecoder {
  readonly #options: EngineOptions;
  #step: Step = step.size;
  #digits = 0;
  /** Of the current chunk: its size while that is read, then the bytes that are missing. */
  #left = 0;
  #extensions: ChunkExtensions | undefined;
  #trailer: TrailerReader | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#step === step.done;
  }

  /**
   * The data in the inbox as one piece, possibly empty; everything that was understood is taken out.
   * @throws HttpError 400, 413 or 431; nothing can be read after that.
   */
  decode(inbox: Inbox): Uint8Array {
    const { bytes, end } = inbox;
    let at = inbox.start;
    let from = at;
    let to = at;
    while (at < end && this.#step !== step.done) {
      if (this.#step !== step.data) {
        this.#takeByte(bytes[at] as number);
        at += 1;
        continue;
      }
      const size = Math.min(this.#left, end - at);
      if (from === to) from = at;
      // The bytes between two pieces of data are used up: the second piece may lie there.
      else bytes.copyWithin(to, at, at + size);
      to = (from === at ? at : to) + size;
      at += size;
      this.#left -= size;
      if (this.#left === 0) this.#step = step.dataReturn;
    }
    inbox.skip(at - inbox.start);
    return bytes.subarray(from, to);
  }

  #takeByte(byte: number): void {
    switch (this.#step) {
      case step.size:
        return this.#takeSizeByte(byte);
      case step.extension:
        return this.#takeExtensionByte(byte);
      case step.sizeEnd:
        if (byte !== lineFeed) return refuseChunk();
        this.#step = this.#left === 0 ? step.trailer : step.data;
        return;
      case step.dataReturn:
        if (byte !== carriageReturn) return refuseChunk();
        this.#step = step.dataEnd;
        return;
      case step.dataEnd:
        if (byte !== lineFeed) return refuseChunk();
        this.#step = step.size;
        this.#digits = 0;
        return;
      case step.data:
      case step.trailer:
      case step.done:
      default:
        this.#trailer ??= new TrailerReader(this.#options);
        if (this.#trailer.take(byte)) this.#step = step.done;
    }
  }

  #takeSizeByte(byte: number): void {
    const digit = readHexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#left = this.#left * 16 + digit;
      if (this.#digits > maxSizeDigits || this.#left > Number.MAX_SAFE_INTEGER) refuseChunk();
      return;
    }
    if (this.#digits === 0) return refuseChunk();
    if (byte === carriageReturn) this.#step = step.sizeEnd;
    else if (byte === semicolon) {
      this.#extensions ??= new ChunkExtensions(this.#options.maxChunkExtensionBytes);
      this.#extensions.begin();
      this.#step = step.extension;
    } else refuseChunk();
  }

  #takeExtensionByte(byte: number): void {
    if (this.#extensions?.take(byte) === true) this.#step = step.sizeEnd;
  }
}

function readHexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function refuseChunk(): never {
  throw new HttpError(400, { detail: "The body is not what the chunked coding allows." });
}
