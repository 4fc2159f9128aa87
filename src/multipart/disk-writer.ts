/** Writes bytes to a file as they come: small pieces together, the next one received while the last is being written. */

import type { FileHandle } from "node:fs/promises";
import { GrowingBytes } from "./growing-bytes.ts";

/** Pieces are collected up to this size. */
const blockSize = 65_536;

export class DiskWriter {
  readonly #handle: FileHandle;
  readonly #waiting: GrowingBytes = new GrowingBytes();
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Resolves when there is room for more. The piece may not change afterwards. */
  async write(piece: Uint8Array): Promise<void> {
    if (this.#waiting.size + piece.length >= blockSize) {
      if (this.#waiting.size > 0) await this.#begin(this.#waiting.take());
      await this.#begin(piece);
    } else this.#waiting.add(piece);
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.size > 0) await writeAll(this.#handle, this.#waiting.take());
  }

  /** Closes the file, whatever became of it. Never rejects. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#handle.close().catch(() => {});
  }

  async #begin(bytes: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = writeAll(this.#handle, bytes);
    // Whoever writes or closes next is told.
    this.#writing.catch(() => {});
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) offset += (await handle.write(bytes, offset)).bytesWritten;
}
