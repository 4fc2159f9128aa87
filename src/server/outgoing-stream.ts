/** Sends a body piece by piece at the client's pace: one that is made while it is sent, or one too large to be handed over at once. */

import type { Socket } from "node:net";
import { canLend } from "../http/http-response.ts";
import { answerCut } from "./departure.ts";

/** Bytes that may wait in the process before the next piece is asked for. */
export const writeBuffer = 65_536;

/** How a stream is told from what follows it. */
export interface StreamFraming {
  readonly isChunked: boolean;
  /** Bytes that the head has promised; undefined when it has not. */
  readonly size: number | undefined;
}

export class OutgoingStream {
  readonly #socket: Socket;
  readonly #isChunked: boolean;
  readonly #iterator: AsyncIterator<Uint8Array>;
  /** Whether the memory of a piece is used again for the next one. */
  readonly #isLent: boolean;
  readonly #gone = Promise.withResolvers<never>();
  #isCut = false;
  /** Bytes that are promised and not yet written; infinite when none were promised. */
  #owed: number;

  constructor(socket: Socket, body: AsyncIterable<Uint8Array>, { isChunked, size }: StreamFraming) {
    this.#socket = socket;
    this.#isChunked = isChunked;
    this.#owed = size ?? Infinity;
    this.#isLent = canLend(body);
    this.#iterator = canLend(body) ? body.lend() : body[Symbol.asyncIterator]();
    this.#gone.promise.catch(() => {});
  }

  /** Resolves when the system took the last byte. @throws whatever the body's own stream failed with, or was cut with. */
  async run(): Promise<void> {
    try {
      await Promise.race([this.#pump(), this.#gone.promise]);
    } catch (failure) {
      this.cut(failure);
      throw failure;
    }
  }

  /** Ends `run` at once, whatever it waits for, and tells the body's stream that nobody needs it any more. */
  cut(failure: unknown): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#gone.reject(failure);
    releaseStream(this.#iterator);
  }

  async #pump(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#iterator.next();
      if (this.#isCut) return;
      if (done === true) break;
      const chunk = this.#readChunk(value);
      this.#owed -= chunk.length;
      if (this.#owed < 0) throw new Error("The stream of a response gave more bytes than it had said.");
      await this.#send(chunk);
      if (this.#isCut) return;
    }
    if (this.#owed > 0 && this.#owed !== Infinity) {
      throw new Error(`The stream of a response ended ${this.#owed} bytes before what it had said.`);
    }
    if (this.#isChunked) this.#socket.write("0\r\n\r\n", "latin1");
    await drained(this.#socket);
  }

  #readChunk(chunk: unknown): Uint8Array {
    if (chunk instanceof Uint8Array) return chunk;
    if (typeof chunk === "string") return Buffer.from(chunk);
    throw new TypeError("The stream of a response gave a chunk that is neither bytes nor text.");
  }

  /** A large chunk goes out in pieces, so that a client that takes some of it is told from one that takes nothing. */
  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#isCut; at += writeBuffer) {
      this.#write(chunk.subarray(at, at + writeBuffer));
      if (this.#socket.writableLength >= writeBuffer) await drained(this.#socket);
    }
    if (this.#isLent && this.#socket.writableLength > 0 && !this.#isCut) await drained(this.#socket);
  }

  #write(piece: Uint8Array): void {
    if (!this.#isChunked) {
      this.#socket.write(piece);
      return;
    }
    this.#socket.cork();
    this.#socket.write(`${piece.length.toString(16)}\r\n`, "latin1");
    this.#socket.write(piece);
    this.#socket.write("\r\n", "latin1");
    this.#socket.uncork();
  }
}

/** Tells a stream that nobody reads it; what it says to that is nobody's concern. */
function releaseStream(iterator: AsyncIterator<Uint8Array>): void {
  try {
    void Promise.resolve(iterator.return?.()).catch(() => {});
  } catch {
    // As above.
  }
}

/** Resolves when the system took everything that waited. @throws ClientGoneError when the connection ended before. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write("", (error) => {
      if (error == null) resolve();
      else reject(answerCut());
    });
  });
}
