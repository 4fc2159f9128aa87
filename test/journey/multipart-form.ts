/** Multipart forms as bytes, and the folders that uploads leave while they last. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** One part as it is sent; the header lines behind the disposition, if any. */
export interface SentPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly fileName?: string;
  readonly lines?: readonly string[];
}

export const boundary = "----a-boundary-of-this-test";
export const multipartType: string = `multipart/form-data; boundary=${boundary}`;

/** The bytes of one part up to its content. */
export function encodePartHead({ name, fileName, lines = [] }: Omit<SentPart, "content">): string {
  const file = fileName === undefined ? "" : `; filename="${fileName}"`;
  const more = lines.map((line) => `\r\n${line}`).join("");
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}${more}\r\n\r\n`;
}

export const formEnd: string = `\r\n--${boundary}--\r\n`;

export function encodeForm(parts: readonly SentPart[]): Buffer<ArrayBuffer> {
  const pieces = parts.flatMap((part, index) => [
    Buffer.from(`${index === 0 ? "" : "\r\n"}${encodePartHead(part)}`),
    Buffer.from(part.content),
  ]);
  return Buffer.concat([...pieces, Buffer.from(parts.length === 0 ? `--${boundary}--\r\n` : formEnd)]);
}

/** Folders of this process that have not been removed. */
export function listUploadFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("apus-uploads-") && name.includes(`-${process.pid}-`));
}

/** Asserts that every folder goes within a few seconds: they are removed behind the answer. */
export async function assertNoFolders(): Promise<void> {
  for (let tries = 0; tries < 200 && listUploadFolders().length > 0; tries += 1) await sleep(20);
  assert.deepEqual(listUploadFolders(), []);
}
