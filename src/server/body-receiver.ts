/** Takes a request's body off the connection, by its length or by its chunks, and says how long more of it may be waited for. */

import type { EngineOptions } from "./engine.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import type { Inbox } from "./inbox.ts";
import { bodyBuffer, IncomingBody, type BodySource } from "./incoming-body.ts";
import type { RequestHead } from "./request-head.ts";

/** What a receiver shares with its connection. */
export interface ReceiverParts extends BodySource {
  readonly options: EngineOptions;
  readonly wheel: DeadlineWheel;
}

/** An unread body with up to this many bytes left is read away, so that its connection can be kept. */
const smallRest = 65_536;

export class BodyReceiver {
  readonly body: IncomingBody;
  /** Whether bytes of it are still to come. */
  isOpen = true;
  readonly #parts: ReceiverParts;
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #begun: number;
  /** Bytes to come; Infinity when that is not known. */
  #left: number;
  #waitSince = 0;
  #waited = 0;

  constructor(head: RequestHead, parts: ReceiverParts) {
    const isChunked = head.contentLength === -1;
    this.#parts = parts;
    this.#begun = parts.wheel.now;
    this.#left = isChunked ? Number.POSITIVE_INFINITY : head.contentLength;
    this.#decoder = isChunked ? new ChunkedDecoder(parts.options) : undefined;
    this.body = new IncomingBody(isChunked ? undefined : head.contentLength, parts);
  }

  /** Whether more of it is unread than is worth reading away for the sake of the connection; none is sent to who waits for a 100. */
  leavesTooMuch(isWaitingFor100: boolean): boolean {
    return !this.body.isComplete && !(this.isOpen && this.#left <= smallRest && !isWaitingFor100);
  }

  /** Whether its reader is slower than the client. */
  get isFull(): boolean {
    return this.isOpen && this.body.buffered >= bodyBuffer && !this.body.isWaiting;
  }

  /** Moves what belongs to the body out of the inbox. @throws HttpError for what is no chunk, or passes a limit of the coding. */
  take(inbox: Inbox): void {
    this.#endWait();
    if (this.#decoder !== undefined) {
      this.body.push(this.#decoder.decode(inbox));
      if (this.#decoder.isDone) this.#left = 0;
    } else {
      const size = Math.min(this.#left, inbox.size);
      this.body.push(inbox.bytes.subarray(inbox.start, inbox.start + size));
      inbox.skip(size);
      this.#left -= size;
    }
    if (this.#left > 0) return;
    this.isOpen = false;
    this.body.end();
  }

  /** Nothing more of it will be taken; its reader gets the failure after what has come. */
  fail(failure: Error): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.body.fail(failure);
  }

  /**
   * Begins to wait for the client, and gives the deadline: the end of the request's time,
   * or the moment at which what has come would be too little for the time that was waited. The time a reader takes is its own.
   */
  beginWait(): number {
    const { wheel, options } = this.#parts;
    this.#waitSince = wheel.now;
    const allowed = options.bodyGrace + (this.body.received / options.minBodyRate) * 1_000;
    const rest = Math.min(allowed - this.#waited, this.#begun + options.requestTimeout - wheel.now);
    return rest <= 0 ? wheel.now : wheel.after(rest);
  }

  #endWait(): void {
    if (this.#waitSince === 0) return;
    this.#waited += this.#parts.wheel.now - this.#waitSince;
    this.#waitSince = 0;
  }
}
