/** From the text of a head to what it means: request line, framing, connection (RFC 9112 §3, §6, §9). Anything ambiguous is refused. */

import { HttpError } from "../errors/http-error.ts";
import { isTokenCode } from "../http/header-rules.ts";
import { RequestHead } from "./request-head.ts";
import { isAuthority, parseTarget } from "./request-target.ts";
import { trimSpace } from "../http/trim-space.ts";

const maxMethodLength = 32;
const space = 0x20;
const colon = 0x3a;
const maxLengthDigits = 16;

/**
 * `text` holds every line with its CRLF, without the empty one; `lines` the offsets of the field lines and of the end.
 * The reader has already refused control characters.
 * @throws HttpError 400, 414, 417, 501 or 505
 */
export function parseRequestHead(text: string, lines: readonly number[], maxTargetBytes: number): RequestHead {
  const head = new RequestHead(text, lines);
  parseRequestLine(head, maxTargetBytes);
  parseFields(head);
  return head;
}

function parseRequestLine(head: RequestHead, maxTargetBytes: number): void {
  const { text } = head;
  const end = (head.lines[0] as number) - 2;
  const methodEnd = findMethodEnd(text);
  const targetEnd = text.indexOf(" ", methodEnd + 1);
  if (targetEnd === -1 || targetEnd >= end) throw malformed("The request line has no version.");
  if (targetEnd - methodEnd - 1 > maxTargetBytes) throw new HttpError(414);
  head.minor = parseVersion(text.slice(targetEnd + 1, end));
  head.method = nameMethod(text, methodEnd);
  const target = parseTarget(text.slice(methodEnd + 1, targetEnd), head.method);
  head.path = target.path;
  head.query = target.query;
  head.authority = target.authority;
}

/** Methods are tokens of capital letters and "-": every registered one is, and no table of names holds another. */
function findMethodEnd(text: string): number {
  let at = 0;
  let code = text.charCodeAt(at);
  while ((code >= 0x41 && code <= 0x5a) || code === 0x2d) {
    at += 1;
    code = text.charCodeAt(at);
  }
  if (at === 0 || at > maxMethodLength || code !== space) throw malformed("The request line has no method.");
  return at;
}

/** Literals for the frequent ones: a slice would be hashed anew by every table it is looked up in. */
function nameMethod(text: string, end: number): string {
  if (end === 3 && text.startsWith("GET")) return "GET";
  if (end === 4 && text.startsWith("POST")) return "POST";
  return text.slice(0, end);
}

function parseVersion(version: string): number {
  if (version === "HTTP/1.1") return 1;
  if (version === "HTTP/1.0") return 0;
  if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw new HttpError(505, { detail: "This server speaks HTTP/1.1." });
  throw malformed("The request line does not end with a version.");
}

/** What the framing fields said so far. */
interface Framing {
  hosts: number;
  lengths: number;
  codings: number;
  closes: boolean;
  keeps: boolean;
  /** Whether `Connection` names the field, and whether the field is there. */
  namesUpgrade: boolean;
  hasUpgrade: boolean;
}

function parseFields(head: RequestHead): void {
  const { text, lines } = head;
  const framing: Framing = {
    hosts: 0,
    lengths: 0,
    codings: 0,
    closes: false,
    keeps: false,
    namesUpgrade: false,
    hasUpgrade: false,
  };
  for (let line = 0; line < lines.length - 1; line += 1) {
    const start = lines[line] as number;
    let end = start;
    while (isTokenCode(text.charCodeAt(end))) end += 1;
    if (end === start || text.charCodeAt(end) !== colon) throw malformed("A header line has no name.");
    // The lengths of the names that say where a message ends tell most fields apart without looking at them.
    switch (end - start) {
      case 4:
        if (head.isNamed(line, "host")) parseHost(head, line, framing);
        break;
      case 6:
        if (head.isNamed(line, "expect")) parseExpectation(head, line);
        break;
      case 7:
        if (head.isNamed(line, "upgrade")) framing.hasUpgrade = true;
        break;
      case 10:
        if (head.isNamed(line, "connection")) parseConnection(head.valueAt(line, 10), framing);
        break;
      case 14:
        if (head.isNamed(line, "content-length")) parseLength(head, line, framing);
        break;
      case 17:
        if (head.isNamed(line, "transfer-encoding")) parseCoding(head, line, framing);
        break;
      default:
    }
  }
  settleFraming(head, framing);
}

function settleFraming(head: RequestHead, framing: Framing): void {
  if (framing.hosts === 0 && head.minor === 1) throw malformed("The request has no Host field.");
  if (framing.codings > 0) {
    if (framing.lengths > 0) throw malformed("The request has both Content-Length and Transfer-Encoding.");
    if (head.minor === 0) throw malformed("HTTP/1.0 has no Transfer-Encoding.");
  }
  head.offersUpgrade = framing.namesUpgrade && framing.hasUpgrade && head.minor === 1;
  head.keepAlive = !framing.closes && (head.minor === 1 || framing.keeps);
}

/** Exactly one, and valid, also when the authority of an absolute-form target takes its place (RFC 9112 §3.2). */
function parseHost(head: RequestHead, line: number, framing: Framing): void {
  framing.hosts += 1;
  if (framing.hosts > 1) throw malformed("The request has more than one Host field.");
  if (!isAuthority(head.valueAt(line, 4))) throw malformed("The Host field is not a host with an optional port.");
  head.hostLine = line;
}

/** An HTTP/1.0 client cannot be answered with a 100, so what it expects is ignored (RFC 9110 §10.1.1). */
function parseExpectation(head: RequestHead, line: number): void {
  if (head.minor === 0) return;
  if (head.valueAt(line, 6).toLowerCase() !== "100-continue") throw new HttpError(417);
  head.expectsContinue = true;
}

/** A list of tokens in any case, with space around them. */
function parseConnection(value: string, framing: Framing): void {
  for (const part of value.split(",")) {
    const token = trimSpace(part).toLowerCase();
    if (token === "close") framing.closes = true;
    else if (token === "keep-alive") framing.keeps = true;
    else if (token === "upgrade") framing.namesUpgrade = true;
  }
}

function parseLength(head: RequestHead, line: number, framing: Framing): void {
  framing.lengths += 1;
  if (framing.lengths > 1) throw malformed("The request has more than one Content-Length field.");
  const value = head.valueAt(line, 14);
  let length = value.length > 0 && value.length <= maxLengthDigits ? 0 : Number.NaN;
  for (let at = 0; at < value.length; at += 1) {
    const digit = value.charCodeAt(at) - 0x30;
    length = digit >= 0 && digit <= 9 ? length * 10 + digit : Number.NaN;
  }
  if (!(length <= Number.MAX_SAFE_INTEGER)) throw malformed("The Content-Length is not a number of bytes.");
  head.contentLength = length;
}

function parseCoding(head: RequestHead, line: number, framing: Framing): void {
  framing.codings += 1;
  if (framing.codings > 1 || head.valueAt(line, 17).toLowerCase() !== "chunked") {
    throw malformed("The only Transfer-Encoding is one that says chunked.");
  }
  head.contentLength = -1;
}

function malformed(detail: string): HttpError {
  return new HttpError(400, { detail });
}
