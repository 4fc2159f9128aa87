/** Reads a multipart form part by part, at the reader's pace: bytes are asked of the client only when somebody wants them. */

import type { HttpRequest } from "../http/http-request.ts";
import { HttpError } from "../errors/http-error.ts";
import { refuseForm } from "./form-refusal.ts";
import { MultipartScanner } from "./multipart-scanner.ts";
import { parsePartHeader, type PartHeader } from "./parse-part-header.ts";

/** A part whose data has not been read yet. Parts count from 1. */
export interface FormPart extends PartHeader {
  readonly number: number;
}

export interface PartLimits {
  /** Bytes of the whole form. */
  readonly total: number;
  /** Parts of the whole form. */
  readonly parts: number;
}

/**
 * Whoever stops before the end leaves the rest to the engine. The body is not cancelled: platforms whose requests are made
 * of a FormData fail out of band when it is (undici enqueues to the closed stream).
 */
export class PartReader {
  readonly #scanner: MultipartScanner;
  readonly #body: HttpRequest["body"];
  readonly #limits: PartLimits;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #received = 0;
  #count = 0;
  /** The next part, found while the data before it was read. */
  #header: Uint8Array | undefined;

  /** `boundary` must have been checked by `readBoundary`. */
  constructor(body: HttpRequest["body"], boundary: string, limits: PartLimits) {
    this.#body = body;
    this.#scanner = new MultipartScanner(boundary);
    this.#limits = limits;
  }

  /**
   * The next part; what is left of the one before it is passed over. Undefined at the end, when the body has been read, too.
   * @throws HttpError 400 malformed, 413 over a limit; what the body ends with when the client goes away.
   */
  async nextPart(): Promise<FormPart | undefined> {
    while (this.#header === undefined && !this.#scanner.isDone) await this.nextData();
    const header = this.#header;
    if (header === undefined) {
      await this.#passEpilogue();
      return undefined;
    }
    this.#header = undefined;
    this.#count += 1;
    if (this.#count > this.#limits.parts) {
      const detail = `The form has more than ${this.#limits.parts} parts.`;
      throw refuseForm({ status: 413, code: "too-many-parts", detail, more: { limit: this.#limits.parts } });
    }
    return { ...parsePartHeader(header, this.#count), number: this.#count };
  }

  /** The next bytes of the part, which nobody changes afterwards; undefined at its end. @throws as `nextPart()` does */
  async nextData(): Promise<Uint8Array | undefined> {
    while (this.#header === undefined && !this.#scanner.isDone) {
      const found = this.#scanner.next();
      if (found === undefined) {
        const chunk = await this.#nextChunk();
        if (chunk === undefined) throw cutShort();
        this.#scanner.push(chunk);
      } else if (found.kind === "data") return found.bytes;
      else if (found.kind === "part") this.#header = found.header;
    }
    return undefined;
  }

  /** Gives up: reads on for a moment behind the answer without keeping anything, so that the client gets to read it. */
  abandon(): void {
    // Nobody is left to be told.
    if (this.#chunks !== undefined) this.#passRest(performance.now() + lingerTime).catch(() => {});
  }

  async #passRest(deadline: number): Promise<void> {
    while (performance.now() < deadline && (await this.#nextChunk()) !== undefined);
  }

  async #passEpilogue(): Promise<void> {
    while ((await this.#nextChunk()) !== undefined);
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    const { total } = this.#limits;
    if (this.#chunks === undefined) {
      if ((this.#body.length ?? 0) > total) throw tooLarge(total);
      this.#chunks = this.#body.stream()[Symbol.asyncIterator]();
    }
    const { done, value } = await this.#chunks.next();
    if (done === true) return undefined;
    this.#received += value.length;
    if (this.#received > total) throw tooLarge(total);
    return value;
  }
}

/** Milliseconds; engines wait as long before they close. */
const lingerTime = 1_000;

/** The same answer that every other body over its limit gets. */
function tooLarge(limit: number): HttpError {
  return new HttpError(413, { detail: `The body is larger than ${limit} bytes.`, limit });
}

function cutShort(): HttpError {
  return refuseForm({ status: 400, code: "form-syntax", detail: "The form ends before its closing delimiter." });
}

const maxBoundary = 70;
const boundaryMarks = "'()+_,-./:=? ";

/**
 * The boundary of a form, of the 1 to 70 characters that RFC 2046 §5.1.1 allows.
 * @throws HttpError 400
 */
export function readBoundary(boundary: string | undefined): string {
  if (boundary === undefined) {
    throw refuseForm({ status: 400, code: "form-boundary", detail: "The content type has no boundary." });
  }
  const isPlain = boundary.length > 0 && boundary.length <= maxBoundary && !boundary.endsWith(" ");
  if (isPlain && Array.from(boundary).every((character) => isBoundaryCode(character.charCodeAt(0)))) return boundary;
  const detail = `The boundary has 1 to ${maxBoundary} characters of RFC 2046 §5.1.1.`;
  throw refuseForm({ status: 400, code: "form-boundary", detail });
}

function isBoundaryCode(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const letter = code | 0x20;
  return isDigit || (letter >= 0x61 && letter <= 0x7a) || boundaryMarks.includes(String.fromCharCode(code));
}
