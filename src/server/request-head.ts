/** The head of a request: what its lines mean, and its fields looked up in the text that was sent. */

import type { RequestHeaders } from "../http/http-request.ts";
import { isSpace } from "../http/trim-space.ts";

const colon = 0x3a;

/** What the first line and the framing fields say; written once, by the parser. */
export class RequestHead implements RequestHeaders {
  /** Every line with its CRLF, one character a byte. */
  readonly text: string;
  /** Offsets of the field lines in `text`, and of its end. */
  readonly lines: readonly number[];
  method = "";
  path = "";
  query = "";
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  minor = 1;
  /** Bytes of the body; -1 when it is chunked. */
  contentLength = 0;
  /** Whether the client wants to send another request on this connection. */
  keepAlive = true;
  expectsContinue = false;
  /** Whether the client offers to go on with another protocol (RFC 9110 §7.8). */
  offersUpgrade = false;
  /** Of an absolute-form target: it stands in the place of the Host field (RFC 9112 §3.2.2), which is line `hostLine`. */
  authority: string | undefined = undefined;
  hostLine = -1;

  constructor(text: string, lines: readonly number[]) {
    this.text = text;
    this.lines = lines;
  }

  get(name: string): string | undefined {
    let found: string | undefined;
    for (let index = 0; index < this.lines.length - 1; index += 1) {
      if (!this.isNamed(index, name)) continue;
      const value = this.valueAt(index, name.length);
      found = found === undefined ? value : `${found}${name === "cookie" ? "; " : ", "}${value}`;
    }
    return found;
  }

  all(name: string): readonly string[] {
    const values: string[] = [];
    for (let index = 0; index < this.lines.length - 1; index += 1) {
      if (this.isNamed(index, name)) values.push(this.valueAt(index, name.length));
    }
    return values;
  }

  *entries(): Iterable<readonly [string, string]> {
    for (let index = 0; index < this.lines.length - 1; index += 1) {
      const start = this.lines[index] as number;
      const length = this.text.indexOf(":", start) - start;
      yield [this.text.slice(start, start + length).toLowerCase(), this.valueAt(index, length)];
    }
  }

  /** Whether the line has this field name, which is in lower case. */
  isNamed(line: number, name: string): boolean {
    const { text } = this;
    const start = this.lines[line] as number;
    if (text.charCodeAt(start + name.length) !== colon) return false;
    for (let at = 0; at < name.length; at += 1) {
      const code = text.charCodeAt(start + at);
      const wanted = name.charCodeAt(at);
      if (code !== wanted && (code < 0x41 || code > 0x5a || code + 0x20 !== wanted)) return false;
    }
    return true;
  }

  /** The value of a line whose name has that length, without the space around it (RFC 9110 §5.5). */
  valueAt(line: number, nameLength: number): string {
    if (line === this.hostLine && this.authority !== undefined) return this.authority;
    const { text } = this;
    let start = (this.lines[line] as number) + nameLength + 1;
    let end = (this.lines[line + 1] as number) - 2;
    while (start < end && isSpace(text.charCodeAt(start))) start += 1;
    while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
    return text.slice(start, end);
  }
}
