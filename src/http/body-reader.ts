/** Collects a request's content into one array without ever holding more than the limit. */

import { HttpError } from "../errors/http-error.ts";

/**
 * @throws HttpError 413 before reading when `declared` passes the limit, otherwise as soon as the bytes do.
 */
export async function collectBytes(
  chunks: AsyncIterable<Uint8Array>,
  declared: number | undefined,
  limit: number,
): Promise<Uint8Array> {
  if (declared !== undefined && declared > limit) throw tooLarge(limit);
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) throw tooLarge(limit);
    parts.push(chunk);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, total);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, { detail: `The body is larger than ${limit} bytes.`, limit });
}
