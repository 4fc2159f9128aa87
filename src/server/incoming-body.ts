/** The body of a request on its way from the connection to its reader: a small buffer, pulled at the reader's pace. */

import { collectBytes } from "../http/body-reader.ts";
import type { RequestBody } from "../http/http-request.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";

/** Bytes that wait for a reader before the connection stops reading. */
export const bodyBuffer = 65_536;
const emptyBytes: Uint8Array = new Uint8Array(0);

/** Where a body comes from. */
export interface BodySource {
  /** Somebody waits for bytes that have not come. */
  wantBody(): void;
}

/** The body of a request that has none. */
export const noBody: RequestBody = {
  length: 0,
  async *stream() {},
  bytes: () => emptyBytes,
};

export class IncomingBody implements RequestBody {
  readonly length: number | undefined;
  /** All of it that has come, whether it was read or not. */
  received = 0;
  /** Whether its last byte has come. */
  isComplete = false;
  /** Bytes that wait for a reader. */
  buffered = 0;
  readonly #source: BodySource;
  #parts: Uint8Array[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #isTaken = false;

  constructor(length: number | undefined, source: BodySource) {
    this.length = length;
    this.#source = source;
  }

  /** Whether a reader waits for bytes. */
  get isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  /** Called by the connection with bytes that have come. */
  push(part: Uint8Array): void {
    if (part.length === 0) return;
    this.received += part.length;
    this.buffered += part.length;
    this.#parts.push(part);
    this.#awake();
  }

  end(): void {
    this.isComplete = true;
    this.#awake();
  }

  /** What comes after the bytes that are here already; the first failure counts. */
  fail(failure: Error): void {
    if (this.isComplete) return;
    this.#failure ??= failure;
    this.#awake();
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Forgets what nobody read. */
  discard(): void {
    this.#parts = [];
    this.buffered = 0;
  }

  async *stream(): AsyncIterable<Uint8Array> {
    this.#take();
    for (;;) {
      const part = await this.#next();
      if (part === undefined) return;
      yield part;
    }
  }

  bytes(limit: number): MaybePromise<Uint8Array> {
    const fits = this.length === undefined || this.length <= limit;
    if (this.isComplete && fits && this.#parts.length < 2 && !this.#isTaken && this.buffered <= limit) {
      this.#isTaken = true;
      return this.#shift() ?? emptyBytes;
    }
    if (!fits) return collectBytes(noBody.stream(), this.length, limit);
    return this.#collect(limit);
  }

  /** In memory that doubles: a body of many tiny pieces takes no more room than one of a few. */
  async #collect(limit: number): Promise<Uint8Array> {
    this.#take();
    let bytes: Uint8Array = emptyBytes;
    let size = 0;
    for (;;) {
      const part = await this.#next();
      if (part === undefined) return bytes.subarray(0, size);
      const total = size + part.length;
      // Throws: the length is known to be too large now.
      if (total > limit) await collectBytes(noBody.stream(), total, limit);
      if (total > bytes.length) {
        const room = Buffer.allocUnsafeSlow(
          Math.min(Math.max(2 * bytes.length, total, 4_096), this.length ?? Infinity),
        );
        room.set(bytes.subarray(0, size));
        bytes = room;
      }
      bytes.set(part, size);
      size = total;
    }
  }

  #take(): void {
    if (this.#isTaken) throw new Error("The request's body has been read already.");
    this.#isTaken = true;
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (this.#parts.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.isComplete) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#source.wantBody();
      await promise;
    }
    return this.#shift();
  }

  #shift(): Uint8Array | undefined {
    const part = this.#parts.shift();
    if (part !== undefined) this.buffered -= part.length;
    return part;
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
