/** A stream's content in another coding: every piece leaves as soon as it came, and the source goes when the reader goes. */

import type { Transform } from "node:stream";
import { warn } from "../http/abandon-response.ts";

type Step = IteratorResult<Uint8Array, undefined>;

const ended: Step = { done: true, value: undefined };

/** `open` makes the encoder, which must flush after every piece that it is given; it is called when the stream is read. */
export function encodeStream(source: AsyncIterable<Uint8Array>, open: () => Transform): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new EncodedStream(source[Symbol.asyncIterator](), open()) };
}

/** Not a generator: `return()` of one waits for the piece that is under way, and a silent source would never hear of it. */
class EncodedStream implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #encoder: Transform;
  #parts: Uint8Array[] = [];
  #failure: Error | undefined;
  #isOver = false;

  constructor(source: AsyncIterator<Uint8Array>, encoder: Transform) {
    this.#source = source;
    this.#encoder = encoder;
    encoder.on("readable", () => this.#collect());
    encoder.on("error", (error) => (this.#failure ??= error));
  }

  async next(): Promise<Step> {
    while (!this.#isOver) {
      const { done, value } = await this.#pull();
      if (this.#isOver) return ended;
      if (done === true) return this.#finish();
      const piece = await this.#encode(value);
      if (piece !== undefined) return { done: false, value: piece };
    }
    return ended;
  }

  async return(): Promise<Step> {
    if (this.#isOver) return ended;
    this.#close();
    await this.#source.return?.();
    return ended;
  }

  /** @throws whatever the source fails with; it is not asked again. */
  async #pull(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#source.next();
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** What the encoder made of one piece; nothing when the piece was empty, or nobody waits any more. */
  async #encode(piece: Uint8Array): Promise<Uint8Array | undefined> {
    if (piece.length === 0) return undefined;
    try {
      await this.#settled((done) => this.#encoder.write(piece, done));
    } catch (error) {
      if (this.#isOver) return undefined;
      // The encoder failed, or the piece was none: the source is well, and must hear that it is over.
      this.return().catch(warn);
      throw error;
    }
    return this.#take();
  }

  /** The end of the coding, which has a piece of its own. */
  async #finish(): Promise<Step> {
    this.#isOver = true;
    await this.#settled((done) => {
      this.#encoder.once("end", done);
      this.#encoder.end();
      this.#collect();
    });
    const value = this.#take();
    return value === undefined ? ended : { done: false, value };
  }

  /** Resolves when the encoder calls back; rejects when it fails or is closed before. */
  #settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(this.#failure ?? new Error("The stream's encoder was closed."));
      this.#encoder.once("close", closed);
      start((error) => {
        this.#encoder.off("close", closed);
        if (error == null) resolve();
        else reject(error);
      });
    });
  }

  #take(): Uint8Array | undefined {
    this.#collect();
    const parts = this.#parts;
    this.#parts = [];
    return parts.length < 2 ? parts[0] : Buffer.concat(parts);
  }

  #collect(): void {
    for (let part = this.#encoder.read(); part !== null; part = this.#encoder.read())
      this.#parts.push(part as Uint8Array);
  }

  #close(): void {
    this.#isOver = true;
    this.#encoder.destroy();
  }
}
