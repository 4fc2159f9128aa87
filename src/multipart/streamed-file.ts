/** A file that is still arriving: its bytes are asked of the client as the handler takes them. */

import { collectFile, decodeFile } from "./file-content.ts";
import { saveContent, type SaveOptions } from "./save-file.ts";
import { DiskWriter } from "./disk-writer.ts";
import type { FileInfo } from "./uploaded-file.ts";

/** A file of a form with `stream: true`. It can be taken once, by one of the ways, while the request lasts. */
export interface StreamedFile extends FileInfo {
  /** Bytes that have been taken so far. */
  readonly received: number;
  /**
   * The bytes as they arrive. What is not taken waits at the client.
   * @throws HttpError 413 over the file's limit, 422 for a form that goes on behind its last file, 400 for one that is cut short
   */
  stream(): AsyncIterable<Uint8Array>;
  /** All bytes. @throws as `stream()` does, and HttpError 413 beyond `limit` */
  bytes(limit?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** All of it as UTF-8. @throws as `bytes()` does */
  text(limit?: number): Promise<string>;
  /** Writes it to a path, which has it only when it is whole. @throws as `stream()` does, or the system's error */
  saveTo(path: string | URL, options?: SaveOptions): Promise<void>;
}

/** Where the bytes come from: checked already, and at their end everything that is behind them, too. */
export interface FileSource {
  readonly field: string;
  next(): Promise<Uint8Array | undefined>;
  /** Nobody takes the rest. */
  abandon(): void;
}

export class ArrivingFile implements StreamedFile {
  readonly name: string;
  readonly type: string;
  readonly detectedType: string | undefined;
  received = 0;
  readonly #source: FileSource;
  #isTaken = false;
  #isOver = false;

  constructor({ name, type, detectedType }: FileInfo, source: FileSource) {
    this.name = name;
    this.type = type;
    this.detectedType = detectedType;
    this.#source = source;
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    const called = JSON.stringify(this.#source.field);
    if (this.#isTaken) throw new Error(`The upload ${called} has been taken already: it streams once.`);
    this.#isTaken = true;
    let isWhole = false;
    try {
      for (;;) {
        if (this.#isOver) throw new Error(`The upload ${called} ended with its request: take it before.`);
        const bytes = await this.#source.next();
        isWhole = bytes === undefined;
        if (bytes === undefined) return;
        this.received += bytes.length;
        yield bytes;
      }
    } finally {
      if (!isWhole) this.#source.abandon();
    }
  }

  async bytes(limit?: number): Promise<Uint8Array<ArrayBuffer>> {
    return collectFile(this.stream(), limit, this.#source.field);
  }

  async text(limit?: number): Promise<string> {
    return decodeFile(await this.bytes(limit));
  }

  async saveTo(path: string | URL, options: SaveOptions = {}): Promise<void> {
    await saveContent(path, options, async (handle) => {
      const writer = new DiskWriter(handle);
      for await (const bytes of this.stream()) await writer.write(bytes);
      await writer.flush();
    });
  }

  /** The request is over, or the next file has begun. */
  forget(): void {
    this.#isOver = true;
  }
}
