/** Request targets and authorities (RFC 9112 §3.2, RFC 3986 §3.2): which are accepted, and what they name. */

import { isIPv6 } from "node:net";
import { HttpError } from "../errors/http-error.ts";

/** Path and query of a target, as they were sent. `authority` is set for the absolute form. */
export interface Target {
  readonly path: string;
  readonly query: string;
  readonly authority: string | undefined;
}

/**
 * Reads origin-form, absolute-form, and "*" with OPTIONS.
 * @throws HttpError 400 for anything else, 501 for CONNECT.
 */
export function parseTarget(target: string, method: string): Target {
  checkTargetCodes(target);
  if (method === "CONNECT") throw new HttpError(501, { detail: "This server is no proxy." });
  if (target.charCodeAt(0) === 0x2f) return splitQuery(target, undefined);
  if (target === "*" && method === "OPTIONS") return { path: "*", query: "", authority: undefined };
  const start = /^https?:\/\//i.exec(target)?.[0].length;
  if (start === undefined) return refuseTarget();
  let end = start;
  while (end < target.length && target[end] !== "/" && target[end] !== "?") end += 1;
  const authority = target.slice(start, end);
  if (!isAuthority(authority) || authority === "" || authority.startsWith(":")) return refuseTarget();
  const rest = target.slice(end);
  return splitQuery(rest.startsWith("/") ? rest : `/${rest}`, authority);
}

function splitQuery(target: string, authority: string | undefined): Target {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: "", authority };
  return { path: target.slice(0, mark), query: target.slice(mark + 1), authority };
}

/** VCHAR without "#": a fragment never reaches a server. */
function checkTargetCodes(target: string): void {
  for (let at = 0; at < target.length; at += 1) {
    const code = target.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === 0x23) refuseTarget();
  }
}

function refuseTarget(): never {
  throw new HttpError(400, { detail: "The request target is neither a path nor an absolute http URL." });
}

/** Whether text is `uri-host [ ":" port ]` without user information; the empty text is (RFC 9110 §7.2). */
export function isAuthority(text: string): boolean {
  const end = text.startsWith("[") ? findBracketEnd(text) : findNameEnd(text);
  if (end === -1) return false;
  return end === text.length || (text.charCodeAt(end) === 0x3a && isPort(text, end + 1));
}

function findBracketEnd(text: string): number {
  const close = text.indexOf("]");
  // 45 characters is the longest address; a zone would mean something on one machine only.
  if (close === -1 || close > 46) return -1;
  const address = text.slice(1, close);
  return isIPv6(address) && !address.includes("%") ? close + 1 : -1;
}

const nameCodes: Uint8Array = buildNameCodes();

/** Where a `reg-name` or IPv4 address ends, or -1 for a broken escape. */
function findNameEnd(text: string): number {
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x25) {
      if (!isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return -1;
      at += 3;
    } else if (nameCodes[code] === 1) at += 1;
    else break;
  }
  return at;
}

function isPort(text: string, start: number): boolean {
  if (text.length - start > 5) return false;
  let port = 0;
  for (let at = start; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return false;
    port = port * 10 + digit;
  }
  return port <= 65_535;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

/** unreserved and sub-delims (RFC 3986 §2.2, §2.3). */
function buildNameCodes(): Uint8Array {
  const table = new Uint8Array(256);
  const letters = "abcdefghijklmnopqrstuvwxyz";
  for (const char of `-._~!$&'()*+,;=0123456789${letters}${letters.toUpperCase()}`) table[char.charCodeAt(0)] = 1;
  return table;
}
