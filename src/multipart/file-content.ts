/** What files that were received whole and files that are still arriving have together: collecting and refusing. */

import type { HttpError } from "../errors/http-error.ts";
import { refuseForm } from "./form-refusal.ts";
import { GrowingBytes } from "./growing-bytes.ts";

/** Everything of a stream. @throws HttpError 413, naming the field, beyond `limit` bytes */
export async function collectFile(
  chunks: AsyncIterable<Uint8Array>,
  limit: number | undefined,
  field: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const collected = new GrowingBytes();
  for await (const chunk of chunks) {
    if (limit !== undefined && collected.size + chunk.length > limit) throw fileTooLarge(field, limit);
    collected.add(chunk);
  }
  // In memory of its own and of its size, so that it can be moved to a worker.
  return new Uint8Array(collected.take());
}

/** UTF-8; what is malformed becomes U+FFFD, as with `Blob.text()`. */
export function decodeFile(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function fileTooLarge(field: string, limit: number): HttpError {
  const detail = `The file ${JSON.stringify(field)} is larger than ${limit} bytes.`;
  return refuseForm({ status: 413, code: "file-too-large", detail, field, more: { limit } });
}
