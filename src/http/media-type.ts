/** The one reader of media types (RFC 9110 §8.3.1): whoever parses, validates or refuses a body asks here. */

import { isTokenCode } from "./header-rules.ts";

/** `essence` is "type/subtype" in lower case; parameter names are in lower case, values as sent, unquoted. */
export interface MediaType {
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const noParameters: ReadonlyMap<string, string> = new Map();
const plainJson: MediaType = Object.freeze({ essence: "application/json", parameters: noParameters });

/**
 * Reads a field value; `undefined` when it is not exactly one media type.
 * Empty parameters ("a/b;") are allowed, as the grammar does; a repeated name is refused, because readers differ on which one counts.
 */
export function parseMediaType(value: string): MediaType | undefined {
  if (value === "application/json") return plainJson;
  const slash = skipToken(value, 0);
  if (slash === 0 || value.charCodeAt(slash) !== 0x2f) return undefined;
  const end = skipToken(value, slash + 1);
  if (end === slash + 1) return undefined;
  const parameters = end === value.length ? noParameters : parseParameters(value, end);
  return parameters && { essence: value.slice(0, end).toLowerCase(), parameters };
}

/** Whether an essence is `application/json` or `application/*+json` (RFC 6839 §3.1). */
export function isJson(essence: string): boolean {
  if (essence === "application/json") return true;
  return essence.startsWith("application/") && essence.endsWith("+json") && essence.length > "application/+json".length;
}

/** `*( OWS ";" OWS [ parameter ] )` up to the end of the text. */
function parseParameters(text: string, start: number): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = start;
  while (at < text.length) {
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== 0x3b) return undefined;
    const nameStart = skipSpace(text, at + 1);
    const nameEnd = skipToken(text, nameStart);
    if (nameEnd === nameStart) {
      // An empty parameter: a ";" or the end must follow. Space belongs to the OWS before the next ";".
      at = nameStart;
      continue;
    }
    if (text.charCodeAt(nameEnd) !== 0x3d) return undefined;
    const valueEnd = skipValue(text, nameEnd + 1);
    const name = text.slice(nameStart, nameEnd).toLowerCase();
    if (valueEnd === -1 || parameters.has(name)) return undefined;
    parameters.set(name, decodeValue(text.slice(nameEnd + 1, valueEnd)));
    at = valueEnd;
  }
  return parameters;
}

/** The offset behind a token or quoted-string, or -1. */
function skipValue(text: string, start: number): number {
  if (text.charCodeAt(start) === 0x22) return skipQuoted(text, start);
  const end = skipToken(text, start);
  return end === start ? -1 : end;
}

/** The offset behind the closing quote (RFC 9110 §5.6.4), or -1. */
function skipQuoted(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) {
      at += 1;
      // NaN at the end of the text, which no range holds.
      code = text.charCodeAt(at);
    }
    const isText = code === 0x09 || (code >= 0x20 && code <= 0xff && code !== 0x7f);
    if (!isText) return -1;
  }
  return -1;
}

/** A token as it is; a quoted-string without its quotes and escapes. */
function decodeValue(raw: string): string {
  if (raw.charCodeAt(0) !== 0x22) return raw;
  const inner = raw.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  let value = "";
  let from = 0;
  for (let at = inner.indexOf("\\"); at !== -1; at = inner.indexOf("\\", at + 2)) {
    value += inner.slice(from, at);
    from = at + 1;
  }
  return value + inner.slice(from);
}

function skipToken(text: string, start: number): number {
  let at = start;
  while (isTokenCode(text.charCodeAt(at))) at += 1;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at += 1;
  return at;
}
