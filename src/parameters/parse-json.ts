/** The one reader of JSON bodies (RFC 8259): strict UTF-8, bounded depth, no prototype keys, and errors that say where. */

import { HttpError } from "../errors/http-error.ts";
import { findJsonFault } from "./json-fault.ts";

/** How deep arrays and objects may be nested; a scalar has depth 0. */
export const maxJsonDepth = 64;

/** What is wrong, in the `code` member of the problem document. */
export type JsonErrorCode = "json-syntax" | "json-utf8" | "json-depth" | "json-key";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The value of a JSON text. Of repeated keys the last one wins, as with `JSON.parse`; lone surrogates in escapes are kept.
 * @throws HttpError 400 with `code` (JsonErrorCode) and a `detail` that names the place and never repeats the content.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  // Depth needs brackets: counting the first few spares ordinary bodies the walk over every byte.
  if (hasManyBrackets(text)) checkDepth(bytes, text);
  const value = parseText(text);
  if (maySpellPrototype(text)) checkKeys(value);
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw refuse("json-utf8", `The body is not valid UTF-8 at byte offset ${findInvalidByte(bytes)}.`);
  }
}

/** The first replacement character that the bytes do not hold themselves stands where they are invalid. */
function findInvalidByte(bytes: Uint8Array): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let from = 0;
  for (let at = text.indexOf("\ufffd"); at !== -1; at = text.indexOf("\ufffd", from)) {
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset;
    offset += 3;
    from = at + 1;
  }
  return offset;
}

function hasManyBrackets(text: string): boolean {
  if (text.length <= maxJsonDepth) return false;
  let count = 0;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > maxJsonDepth) return true;
    }
  }
  return false;
}

/** Before parsing, so that no deep value is ever built. Over the bytes, which took half the time of walking the text. */
function checkDepth(bytes: Uint8Array, text: string): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) {
      at += 1;
      while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > maxJsonDepth) {
        const place = describePlace(text, decoder.decode(bytes.subarray(0, at)).length);
        throw refuse("json-depth", `The body is nested deeper than ${maxJsonDepth} levels ${place}.`);
      }
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the body, and only sometimes says where.
    throw refuse("json-syntax", describeSyntax(text));
  }
}

/** Whether a refused key can be in the text at all. Only `\u00` escapes can spell its letters. */
function maySpellPrototype(text: string): boolean {
  if (text.includes('"__proto__"') || text.includes("\\u00")) return true;
  return text.includes('"constructor"') && text.includes('"prototype"');
}

/** Refuses the keys with which careless merging code pollutes prototypes. */
function checkKeys(root: unknown): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (!isObject(value)) continue;
    if (Object.hasOwn(value, "__proto__")) {
      throw refuse("json-key", 'The body has an object with the key "__proto__", which is refused.');
    }
    const { constructor } = value;
    if (Object.hasOwn(value, "constructor") && isObject(constructor) && Object.hasOwn(constructor, "prototype")) {
      throw refuse("json-key", 'The body has the key "prototype" inside the key "constructor", which is refused.');
    }
    for (const member of Object.values(value)) {
      if (isObject(member)) pending.push(member);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function describeSyntax(text: string): string {
  if (text.startsWith("\ufeff")) return "The body begins with a byte order mark, which JSON does not allow.";
  const fault = findJsonFault(text);
  if (fault === undefined) return "The body is not valid JSON.";
  if (fault.problem === "empty") return "The body is empty, and JSON is needed.";
  return `The body is not valid JSON: ${fault.problem} ${describePlace(text, fault.offset)}.`;
}

/** Lines and columns count from 1; columns are UTF-16 code units, as editors count them. */
function describePlace(text: string, offset: number): string {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return `at line ${line}, column ${offset - lineStart + 1}`;
}

function refuse(code: JsonErrorCode, detail: string): HttpError {
  return new HttpError(400, { detail, code });
}
