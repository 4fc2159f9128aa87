/** The bytes of an answer that come from a file: at once when they are few, otherwise read while they are sent. */

import type { LentStream, SizedStream } from "../http/http-response.ts";
import type { OpenFile } from "./open-file.ts";

/** Bytes that are there already, or a run of the file's. */
export type Piece = Uint8Array | { readonly start: number; readonly length: number };

/**
 * Bytes of one read; larger ones are no cheaper (bench/micro/files.ts). A content that fits in one is read at once:
 * one answer in one write, and no open file while it is sent.
 */
const chunkSize = 131_072;

/**
 * The content made of these pieces. The file is closed when the content has been read to its end or let go.
 * @throws Error when the file has become shorter
 */
export async function readPieces(file: OpenFile, pieces: readonly Piece[]): Promise<Uint8Array | SizedStream> {
  const byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
  const stream = new FileStream(file, pieces, byteLength);
  if (byteLength > chunkSize) return stream;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** Not a generator: `return()` of one that has not begun would not close the file, and of one that reads would wait. */
class FileStream implements SizedStream, LentStream, AsyncIterator<Uint8Array, undefined> {
  readonly byteLength: number;
  readonly #file: OpenFile;
  readonly #pieces: readonly Piece[];
  #index = 0;
  /** Bytes of the current piece that have been given. */
  #given = 0;
  #isOver = false;
  /** Every read of a file that is lent goes into the same memory: a gigabyte leaves no garbage behind. */
  #room: Buffer | undefined;

  constructor(file: OpenFile, pieces: readonly Piece[], byteLength: number) {
    this.#file = file;
    this.#pieces = pieces.filter(({ length }) => length > 0);
    this.byteLength = byteLength;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  lend(): AsyncIterator<Uint8Array, undefined> {
    this.#room = Buffer.allocUnsafeSlow(chunkSize);
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    const piece = this.#pieces[this.#index];
    if (piece === undefined) return this.return();
    try {
      return { done: false, value: await this.#take(piece) };
    } catch (error) {
      void this.return();
      throw error;
    }
  }

  /** Nobody has to wait until the file is closed. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true;
    void this.#file.close();
    return { done: true, value: undefined };
  }

  async #take(piece: Piece): Promise<Uint8Array> {
    if (piece instanceof Uint8Array) {
      this.#index += 1;
      return piece;
    }
    const wanted = Math.min(piece.length - this.#given, chunkSize);
    const chunk = await this.#file.read(piece.start + this.#given, wanted, this.#room);
    this.#given += chunk.length;
    if (this.#given === piece.length) {
      this.#given = 0;
      this.#index += 1;
    }
    return chunk;
  }
}
