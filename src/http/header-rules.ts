/** The rules of field names and values (RFC 9110 §5), checked before anything leaves as a header. */

import { ApusError } from "../errors/apus-error.ts";

const tokenCodes: Uint8Array = buildTokenCodes();

/** Whether one UTF-16 code unit is a `tchar` (RFC 9110 §5.6.2). */
export function isTokenCode(code: number): boolean {
  return tokenCodes[code] === 1;
}

/** Whether text is a `token` (RFC 9110 §5.6.2): one or more `tchar`. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (tokenCodes[text.charCodeAt(at)] !== 1) return false;
  }
  return text.length > 0;
}

/**
 * Refuses what cannot be a field name (RFC 9110 §5.1).
 * @throws ApusError APUS_INVALID_HEADER
 */
export function checkHeaderName(name: string): void {
  if (isToken(name)) return;
  const message = `${quoteName(name)} is not a header name: use letters, digits and "-", and at least one of them`;
  throw new ApusError("APUS_INVALID_HEADER", message);
}

/**
 * Refuses what cannot be the value of field `name` (RFC 9110 §5.5). The message never holds the value.
 * @throws ApusError APUS_INVALID_HEADER
 */
export function checkHeaderValue(name: string, value: string): void {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if ((code >= 0x20 && code < 0x7f) || code === 0x09 || (code >= 0x80 && code <= 0xff)) continue;
    throw new ApusError("APUS_INVALID_HEADER", describeCode(name, code, at));
  }
  if (isPadding(value.charCodeAt(0)) || isPadding(value.charCodeAt(value.length - 1))) {
    const message = `The value of header ${quoteName(name)} begins or ends with a space or tab: trim it`;
    throw new ApusError("APUS_INVALID_HEADER", message);
  }
}

function describeCode(name: string, code: number, at: number): string {
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const place = `The value of header ${quoteName(name)} has ${point} at index ${at}`;
  return code > 0xff
    ? `${place}, and headers carry bytes: encode the text first, for example with encodeURIComponent`
    : `${place}, a control character that would break the message: remove it`;
}

function isPadding(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Quoted, escaped and cut, so that a name made of input can neither flood nor forge the message. */
function quoteName(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}

function buildTokenCodes(): Uint8Array {
  const table = new Uint8Array(128);
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (const char of `!#$%&'*+-.^_\`|~0123456789${letters}${letters.toUpperCase()}`) table[char.charCodeAt(0)] = 1;
  return table;
}
