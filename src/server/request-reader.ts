/** Reads bytes into request heads, however they are split: each byte is looked at once, whatever is ambiguous is refused. */

import { HttpError } from "../errors/http-error.ts";
import type { EngineOptions } from "./engine.ts";
import type { Inbox } from "./inbox.ts";
import { parseRequestHead } from "./parse-request-head.ts";
import type { RequestHead } from "./request-head.ts";

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** 1 for the bytes that no line may contain: every control character but HTAB (RFC 9110 §5.5). */
const lineEnders: Uint8Array = buildLineEnders();

export class RequestReader {
  readonly #options: EngineOptions;
  /** Bytes that were looked at, and where the current line began, both from the inbox's start. */
  #scanned = 0;
  #lineStart = 0;
  /** Bytes of the one empty line that may come before a request (RFC 9112 §2.2). */
  #lead = 0;
  /** Offsets from the request line's start. */
  #lines: number[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Whether a part of a head is here; an empty line alone is none. */
  get hasBegun(): boolean {
    return this.#scanned > this.#lead;
  }

  /**
   * The next head, taken out of the inbox, or undefined when it is not all there.
   * @throws HttpError 400, 414, 417, 431, 501 or 505; nothing can be read after that.
   */
  read(inbox: Inbox): RequestHead | undefined {
    const { bytes, start } = inbox;
    const limit = Math.min(inbox.end, start + this.#options.maxHeaderBytes);
    let at = start + this.#scanned;
    for (;;) {
      while (at < limit && lineEnders[bytes[at] as number] === 0) at += 1;
      if (at + 1 >= limit) break;
      if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) return refuseControl();
      const isEmpty = at - start === this.#lineStart;
      at += 2;
      if (isEmpty && this.#lines.length > 0) return this.#finish(inbox, at);
      this.#endLine(isEmpty, at - start);
    }
    if (at < limit && bytes[at] !== carriageReturn) return refuseControl();
    this.#scanned = at - start;
    if (inbox.size >= this.#options.maxHeaderBytes) throw new HttpError(this.#lines.length === 0 ? 414 : 431);
    return undefined;
  }

  #endLine(isEmpty: boolean, end: number): void {
    if (isEmpty && this.#lead > 0) throw new HttpError(400, { detail: "The request begins with empty lines." });
    if (isEmpty) this.#lead = end;
    else this.#lines.push(end - this.#lead);
    this.#lineStart = end;
    if (this.#lines.length > this.#options.maxHeaders + 1) {
      throw new HttpError(431, { detail: `A request may have ${this.#options.maxHeaders} header lines.` });
    }
  }

  #finish(inbox: Inbox, end: number): RequestHead {
    const from = inbox.start + this.#lead;
    const text = inbox.bytes.toString("latin1", from, end - 2);
    const lines = this.#lines;
    inbox.skip(end - inbox.start);
    this.#lines = [];
    this.#scanned = 0;
    this.#lineStart = 0;
    this.#lead = 0;
    return parseRequestHead(text, lines, this.#options.maxTargetBytes);
  }
}

function refuseControl(): never {
  throw new HttpError(400, { detail: "The head has a control character, or a line that CRLF does not end." });
}

function buildLineEnders(): Uint8Array {
  const table = new Uint8Array(256);
  table.fill(1, 0, 0x20);
  table[0x09] = 0;
  table[0x7f] = 1;
  return table;
}
