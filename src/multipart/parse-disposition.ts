/** Reads the Content-Disposition of a form's part (RFC 7578 §4.2), as browsers and other clients write it. */

import { isToken, isTokenCode } from "../http/header-rules.ts";
import { decodePercent } from "../http/percent-decoding.ts";
import { isSpace } from "../http/trim-space.ts";

export interface Disposition {
  readonly name: string;
  /** As it was sent; undefined when the part says of itself that it is no file. */
  readonly fileName: string | undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const semicolon = 0x3b;

/**
 * Undefined for what is not `form-data` with exactly one name that is not empty, or has a parameter twice.
 * A `filename*` (RFC 8187) in UTF-8 comes before a `filename`.
 */
export function parseDisposition(value: string): Disposition | undefined {
  const end = value.indexOf(";");
  if (end === -1 || value.slice(0, end).trimEnd().toLowerCase() !== "form-data") return undefined;
  const parameters = parseParameters(value, end);
  const name = parameters?.get("name");
  if (parameters === undefined || name === undefined || name === "") return undefined;
  const extended = parameters.get("filename*");
  const plain = parameters.get("filename");
  const fileName = extended === undefined ? decodeEscapes(plain) : decodeExtended(extended);
  if (extended !== undefined && fileName === undefined) return undefined;
  return { name: decodeEscapes(name) ?? name, fileName };
}

function parseParameters(text: string, start: number): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = start;
  while (at < text.length) {
    at = skipSpace(text, at);
    if (at === text.length) break;
    if (text.charCodeAt(at) !== semicolon) return undefined;
    const from = skipSpace(text, at + 1);
    const equals = skipToken(text, from);
    if (equals === from) {
      at = from;
      continue;
    }
    const name = text.slice(from, equals).toLowerCase();
    if (text.charAt(equals) !== "=" || parameters.has(name)) return undefined;
    const found = text.charCodeAt(equals + 1) === quote ? readQuoted(text, equals + 1) : readToken(text, equals + 1);
    if (found === undefined) return undefined;
    parameters.set(name, found.value);
    at = found.end;
  }
  return parameters;
}

interface Found {
  readonly value: string;
  readonly end: number;
}

function readToken(text: string, start: number): Found | undefined {
  const semicolonAt = text.indexOf(";", start);
  const stop = semicolonAt === -1 ? text.length : semicolonAt;
  const value = text.slice(start, stop).trimEnd();
  return isToken(value) ? { value, end: stop } : undefined;
}

/** Browsers do not escape backslashes, which stand in names of files from Windows: only `\"` and `\\` are escapes. */
function readQuoted(text: string, start: number): Found | undefined {
  let value = "";
  let from = start + 1;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) return { value: value + text.slice(from, at), end: at + 1 };
    const next = text.charCodeAt(at + 1);
    if (code !== backslash || (next !== quote && next !== backslash)) continue;
    value += text.slice(from, at);
    from = at + 1;
    at += 1;
  }
  return undefined;
}

/** The three characters that browsers escape (HTML standard, multipart/form-data encoding algorithm); no other "%" is one. */
function decodeEscapes(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes("%")) return text;
  return text.replaceAll("%22", '"').replaceAll(/%0d/gi, "\r").replaceAll(/%0a/gi, "\n");
}

/** `UTF-8'language'percent-encoded` (RFC 8187 §3.2); undefined for anything else. */
function decodeExtended(value: string): string | undefined {
  const first = value.indexOf("'");
  const second = value.indexOf("'", first + 1);
  if (first === -1 || second === -1 || value.slice(0, first).toLowerCase() !== "utf-8") return undefined;
  return decodePercent(value.slice(second + 1));
}

function skipToken(text: string, start: number): number {
  let at = start;
  while (isTokenCode(text.charCodeAt(at))) at += 1;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}
