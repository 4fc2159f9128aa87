/** A file that was received whole: in memory when it is small, otherwise in a temporary file that ends with the request. */

import { open } from "node:fs/promises";
import { collectFile, decodeFile, fileTooLarge } from "./file-content.ts";
import { saveContent, saveCopy, type SaveOptions } from "./save-file.ts";

/** What is known of every file. */
export interface FileInfo {
  /** Made safe to be a file's name: no path, nothing hidden, no control characters. Clients choose it, so it is not unique. */
  readonly name: string;
  /** "type/subtype" as the client claims; "application/octet-stream" when it says nothing. */
  readonly type: string;
  /** What the first bytes say; undefined for what has no signature, such as texts. */
  readonly detectedType: string | undefined;
}

/** A file of a form, until the answer has been sent and background tasks are done. */
export interface UploadedFile extends FileInfo {
  /** In bytes. */
  readonly size: number;
  /** The bytes, piece by piece; as often as wanted. */
  stream(): AsyncIterable<Uint8Array>;
  /** All bytes. @throws HttpError 413 when there are more than `limit` */
  bytes(limit?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** All of it as UTF-8. @throws HttpError 413 when there are more than `limit` bytes */
  text(limit?: number): Promise<string>;
  /** Keeps it under another path. @throws the system's error: EEXIST for a file that is there, unless `overwrite` is set */
  saveTo(path: string | URL, options?: SaveOptions): Promise<void>;
}

/** Where the content is. */
export type FileContent = { readonly bytes: Uint8Array } | { readonly path: string };

/** A received file as the request's own code sees it. */
export class ReceivedFile implements UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly detectedType: string | undefined;
  readonly size: number;
  readonly #field: string;
  #content: FileContent | undefined;

  constructor(info: FileInfo, file: { readonly field: string; readonly size: number; readonly content: FileContent }) {
    this.name = info.name;
    this.type = info.type;
    this.detectedType = info.detectedType;
    this.size = file.size;
    this.#field = file.field;
    this.#content = file.content;
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    const content = this.#open();
    if ("bytes" in content) {
      if (content.bytes.length > 0) yield copyBytes(content.bytes);
    } else yield* readBlocks(content.path);
  }

  async bytes(limit?: number): Promise<Uint8Array<ArrayBuffer>> {
    const content = this.#open();
    if (limit !== undefined && this.size > limit) throw fileTooLarge(this.#field, limit);
    return "bytes" in content ? copyBytes(content.bytes) : collectFile(this.stream(), undefined, this.#field);
  }

  async text(limit?: number): Promise<string> {
    return decodeFile(await this.bytes(limit));
  }

  async saveTo(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const content = this.#open();
    if ("path" in content) return saveCopy(content.path, path, options);
    return saveContent(path, options, (handle) => handle.writeFile(content.bytes));
  }

  /** The request is over. */
  forget(): void {
    this.#content = undefined;
  }

  #open(): FileContent {
    if (this.#content !== undefined) return this.#content;
    throw new Error(
      `The upload ${JSON.stringify(this.#field)} ended with its request: save it before, or in background().`,
    );
  }
}

const blockSize = 65_536;

async function* readBlocks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(blockSize), 0, blockSize);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** In memory of its own: `slice()` of a `Buffer` is none. */
function copyBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
