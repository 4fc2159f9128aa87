/** The head of an answer as text: status line and fields, each character checked, framing fields left to the engine. */

import { STATUS_CODES } from "node:http";
import { titleOf } from "../errors/problem.ts";
import { isToken } from "../http/header-rules.ts";
import type { HeaderLine } from "../http/http-response.ts";
import { framingFields } from "./framing-fields.ts";

const statusLines: string[] = [];

/** `HTTP/1.1 200 OK` with its CRLF. */
export function encodeStatusLine(status: number): string {
  return (statusLines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? titleOf(status)}\r\n`);
}

/** Names that were found to be tokens, so that they are looked at once; bounded, because a handler may make names of input. */
const knownNames = new Map<string, string>();
const maxKnownNames = 256;

/**
 * The lines of the fields, without those of the framing; `date` is left out too, because the engine writes its own.
 * @throws Error for what would break out of its line
 */
export function encodeFields(headers: readonly HeaderLine[]): string {
  let lines = "";
  for (const [name, value] of headers) {
    const prefix = knownNames.get(name) ?? encodeName(name);
    if (prefix === "") continue;
    checkValue(value);
    lines += prefix + value + "\r\n";
  }
  return lines;
}

/** The name with its colon; empty for a field that is the engine's. */
function encodeName(name: string): string {
  if (!isToken(name)) throw new Error("A response has a header name that is not a token.");
  const lowerCased = name.toLowerCase();
  const prefix = framingFields.has(lowerCased) || lowerCased === "date" ? "" : `${name}: `;
  if (knownNames.size < maxKnownNames) knownNames.set(name, prefix);
  return prefix;
}

function checkValue(value: string): void {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) {
      throw new Error("A response has a header value with a character that no header can carry.");
    }
  }
}
