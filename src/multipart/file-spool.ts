/** Receives the files of one request: each in memory while it and all of them are small, otherwise in the request's folder. */

import { refuseForm } from "./form-refusal.ts";
import { detectType, signatureBytes } from "./file-signature.ts";
import { fileTooLarge } from "./file-content.ts";
import { DiskWriter } from "./disk-writer.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { FormPart, PartReader } from "./part-reader.ts";
import { buildSafeFileName } from "./safe-file-name.ts";
import { ReceivedFile, type FileContent, type FileInfo } from "./uploaded-file.ts";
import type { UploadSettings } from "./upload-field.ts";
import { UploadFolder } from "./upload-folder.ts";

/** Bytes of one file that stay in memory, and of all files of a request. */
export const memoryPerFile = 65_536;
export const memoryPerRequest = 1_048_576;

/** The beginning of a file, enough to tell what it is. */
export interface OpenedFile {
  readonly info: FileInfo;
  readonly head: Uint8Array;
  /** Whether the head is all of it. */
  readonly isWhole: boolean;
}

/**
 * Reads the first bytes of a file, and refuses what its declaration does not take.
 * @throws HttpError 413, 415
 */
export async function openFile(reader: PartReader, part: FormPart, settings: UploadSettings): Promise<OpenedFile> {
  const head = new GrowingBytes();
  let isWhole = false;
  while (head.size < signatureBytes && !isWhole) {
    const bytes = await reader.nextData();
    if (bytes === undefined) isWhole = true;
    else head.add(bytes);
    checkSize(part.name, head.size, settings);
  }
  const bytes = head.take();
  const type = part.type ?? "application/octet-stream";
  if (settings.accepted?.accepts(bytes.subarray(0, signatureBytes), type) === false && !isNothing(part, bytes)) {
    const detail = `The file ${JSON.stringify(part.name)} is not of the type ${settings.types.join(" or ")}.`;
    throw refuseForm({ status: 415, code: "file-type", detail, field: part.name });
  }
  const info = { name: buildSafeFileName(part.fileName ?? ""), type, detectedType: detectType(bytes) };
  return { info, head: bytes, isWhole };
}

/** What browsers send for a file that nobody has chosen: no name, no bytes. */
export function isNothing({ fileName = "" }: FormPart, head: Uint8Array): boolean {
  return head.length === 0 && fileName === "";
}

/** @throws HttpError 413 for more bytes than declared */
export function checkSize(field: string, size: number, { maxBytes }: UploadSettings): void {
  if (maxBytes !== undefined && size > maxBytes) throw fileTooLarge(field, maxBytes);
}

export class FileSpool {
  readonly #folder = new UploadFolder();
  readonly #files: ReceivedFile[] = [];
  #inMemory = 0;

  /** Receives the rest of a file. @throws HttpError 413 over its limit; the system's error when it cannot be written */
  async receive(reader: PartReader, part: FormPart, { opened, settings }: Reception): Promise<ReceivedFile> {
    const collected = new GrowingBytes();
    collected.add(opened.head);
    let size = collected.size;
    let content: FileContent | undefined;
    while (!opened.isWhole && content === undefined) {
      if (size > memoryPerFile || this.#inMemory + size > memoryPerRequest) {
        ({ content, size } = await this.#receiveOnDisk(reader, part, { collected, settings }));
        break;
      }
      const bytes = await reader.nextData();
      if (bytes === undefined) break;
      size += bytes.length;
      checkSize(part.name, size, settings);
      collected.add(bytes);
    }
    if (content === undefined) this.#inMemory += size;
    content ??= { bytes: collected.take() };
    const file = new ReceivedFile(opened.info, { field: part.name, size, content });
    this.#files.push(file);
    return file;
  }

  /** The request is over: its files are removed. */
  async end(): Promise<void> {
    for (const file of this.#files.splice(0)) file.forget();
    await this.#folder.remove();
  }

  async #receiveOnDisk(
    reader: PartReader,
    part: FormPart,
    { collected, settings }: { readonly collected: GrowingBytes; readonly settings: UploadSettings },
  ): Promise<{ readonly content: FileContent; readonly size: number }> {
    const { path, handle } = await this.#folder.createFile();
    const writer = new DiskWriter(handle);
    let { size } = collected;
    try {
      await writer.write(collected.take());
      for (;;) {
        const bytes = await reader.nextData();
        if (bytes === undefined) break;
        size += bytes.length;
        checkSize(part.name, size, settings);
        await writer.write(bytes);
      }
      await writer.flush();
    } finally {
      await writer.close();
    }
    return { content: { path }, size };
  }
}

/** What is known when a file begins to be received. */
export interface Reception {
  readonly opened: OpenedFile;
  readonly settings: UploadSettings;
}
