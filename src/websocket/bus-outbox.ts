/** What waits to be published: bounded in number, size and time, and taken in order. */

import { HttpError } from "../errors/http-error.ts";
import type { BusMessage } from "./bus-link.ts";

/** What may wait while there is no connection, or while the server is slower than the publishers. */
const mostMessages = 10_000;
const mostText = 32 * 1024 * 1024;

/** What goes to the server in one step. */
const batchMessages = 100;
const batchText = 1024 * 1024;

interface Outgoing extends BusMessage {
  readonly timer: NodeJS.Timeout;
  resolve(): void;
  reject(error: Error): void;
}

/** Messages that are on their way: the caller says what became of them. */
export interface OutgoingBatch {
  readonly messages: readonly BusMessage[];
  resolve(): void;
  reject(error: Error): void;
}

export class BusOutbox {
  readonly #waiting = new Set<Outgoing>();
  readonly #timeout: number;
  #textLength = 0;

  /** `timeout` is in milliseconds. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves or rejects with the batch that the message leaves in. @throws HttpError 503 when too much waits, or for too long */
  add(message: BusMessage): Promise<void> {
    if (this.#waiting.size >= mostMessages || this.#textLength + message.text.length > mostText) {
      return Promise.reject(unavailable("Too many messages wait to be published."));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#remove(outgoing);
      reject(unavailable("What carries messages between processes cannot be reached."));
    }, this.#timeout);
    const outgoing: Outgoing = { ...message, timer, resolve, reject };
    this.#waiting.add(outgoing);
    this.#textLength += message.text.length;
    return promise;
  }

  /** The oldest ones, which wait no longer. */
  take(): OutgoingBatch {
    const batch: Outgoing[] = [];
    let length = 0;
    for (const outgoing of this.#waiting) {
      length += outgoing.text.length;
      if (batch.length > 0 && length > batchText) break;
      batch.push(outgoing);
      if (batch.length === batchMessages) break;
    }
    for (const outgoing of batch) this.#remove(outgoing);
    return {
      messages: batch,
      resolve: () => batch.forEach((outgoing) => outgoing.resolve()),
      reject: (error) => batch.forEach((outgoing) => outgoing.reject(error)),
    };
  }

  /** Rejects everything that waits. */
  clear(error: Error): void {
    for (const outgoing of this.#waiting) {
      this.#remove(outgoing);
      outgoing.reject(error);
    }
  }

  #remove(outgoing: Outgoing): void {
    clearTimeout(outgoing.timer);
    if (this.#waiting.delete(outgoing)) this.#textLength -= outgoing.text.length;
  }
}

/** An answer of 503: whoever asked may try again. */
export function unavailable(detail: string, cause?: unknown): HttpError {
  return new HttpError(503, { detail }, cause === undefined ? {} : { cause });
}
