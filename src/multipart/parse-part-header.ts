/** Reads the header block of one part: its name, the name of its file, its media type; strict, and bounded by its caller. */

import { isToken } from "../http/header-rules.ts";
import { parseMediaType, type MediaType } from "../http/media-type.ts";
import { trimSpace } from "../http/trim-space.ts";
import { refuseForm } from "./form-refusal.ts";
import { parseDisposition } from "./parse-disposition.ts";

export interface PartHeader {
  readonly name: string;
  /** As it was sent, never safe to be a path; undefined for text. */
  readonly fileName: string | undefined;
  /** "type/subtype" in lower case, as the client claims; undefined when it says nothing. */
  readonly type: string | undefined;
}

/** Header lines of one part. */
export const maxPartHeaders = 100;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const plainEncodings: ReadonlySet<string> = new Set(["7bit", "8bit", "binary"]);
const plainCharsets: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii"]);

/**
 * Reads the header block of the part with this number.
 * @throws HttpError 400 for what is malformed, 413 for more than 100 headers, 415 for another charset or an encoding.
 */
export function parsePartHeader(block: Uint8Array, number: number): PartHeader {
  const fields = parseFields(block, number);
  const disposition = parseDisposition(fields.get("content-disposition") ?? "");
  if (disposition === undefined) {
    throw refuseHeader(number, "has no Content-Disposition of form-data with a name");
  }
  const line = fields.get("content-type");
  const type = line === undefined ? undefined : parseMediaType(line);
  if (line !== undefined && type === undefined) throw refuseHeader(number, "has a content type that is malformed");
  checkEncoding(fields, type, number);
  return { ...disposition, type: type?.essence };
}

function parseFields(block: Uint8Array, number: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const lines = decode(block, number).split("\r\n");
  if (lines.length > maxPartHeaders) {
    const detail = `Part ${number} of the form has more than ${maxPartHeaders} headers.`;
    throw refuseForm({ status: 413, code: "part-header", detail, more: { limit: maxPartHeaders } });
  }
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = trimSpace(line.slice(colon + 1));
    // A folded line (RFC 5322 §2.2.3) has no token before a colon.
    if (colon === -1 || !isToken(name) || hasControl(value))
      throw refuseHeader(number, "has a header that is malformed");
    if (fields.has(name)) throw refuseHeader(number, "has a header twice");
    fields.set(name, value);
  }
  return fields;
}

function decode(block: Uint8Array, number: number): string {
  try {
    return decoder.decode(block);
  } catch {
    throw refuseHeader(number, "has headers that are not UTF-8");
  }
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

/** Parts are bytes (RFC 7578 §4.7), and texts are UTF-8 (§5.1.2): what was encoded otherwise would be misread. */
function checkEncoding(fields: ReadonlyMap<string, string>, type: MediaType | undefined, number: number): void {
  const encoding = fields.get("content-transfer-encoding")?.toLowerCase();
  if (encoding !== undefined && !plainEncodings.has(encoding)) {
    throw refuseHeader(number, "has a content transfer encoding, which is not accepted", 415);
  }
  const charset =
    type?.essence.startsWith("text/") === true ? type.parameters.get("charset")?.toLowerCase() : undefined;
  if (charset !== undefined && !plainCharsets.has(charset)) {
    throw refuseHeader(number, "is text whose charset is not UTF-8", 415);
  }
}

function refuseHeader(number: number, why: string, status: 400 | 415 = 400): Error {
  return refuseForm({ status, code: "part-header", detail: `Part ${number} of the form ${why}.` });
}
