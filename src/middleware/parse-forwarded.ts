/** The `forwarded` field (RFC 7239 §4): what each proxy says of the request that it was given. */

import { isTokenCode } from "../http/header-rules.ts";
import { isSpace } from "../http/trim-space.ts";

/** The parameters of one proxy, names in lower case, values without quotes and escapes. */
export type ForwardedElement = ReadonlyMap<string, string>;

const comma = 0x2c;
const semicolon = 0x3b;
const equals = 0x3d;
const quote = 0x22;
const backslash = 0x5c;

/**
 * The elements in order, the nearest proxy's last; `undefined` when the field is malformed, or a name stands twice in an
 * element. Colons and brackets outside quotes, which many proxies write, are read as they are meant.
 */
export function parseForwarded(field: string): readonly ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  let element = new Map<string, string>();
  let at = 0;
  while (at < field.length) {
    at = skipSpace(field, at);
    const pair = readPair(field, at);
    if (pair !== undefined) {
      if (element.has(pair.name)) return undefined;
      element.set(pair.name, pair.value);
      at = skipSpace(field, pair.end);
    }
    if (at === field.length) break;
    const code = field.charCodeAt(at);
    if (code !== comma && code !== semicolon) return undefined;
    if (code === comma && element.size > 0) {
      elements.push(element);
      element = new Map();
    }
    at += 1;
  }
  if (element.size > 0) elements.push(element);
  return elements;
}

interface Pair {
  readonly name: string;
  readonly value: string;
  /** The offset behind it. */
  readonly end: number;
}

/** `token "=" ( token / quoted-string )`; undefined when there is none. */
function readPair(field: string, start: number): Pair | undefined {
  let at = start;
  while (isTokenCode(field.charCodeAt(at))) at += 1;
  if (at === start || field.charCodeAt(at) !== equals) return undefined;
  const name = field.slice(start, at).toLowerCase();
  if (field.charCodeAt(at + 1) === quote) return readQuoted(field, { name, start: at + 2 });
  const valueStart = at + 1;
  at = valueStart;
  while (isValueCode(field.charCodeAt(at))) at += 1;
  return at === valueStart ? undefined : { name, value: field.slice(valueStart, at), end: at };
}

/** `start` is behind the opening quote. */
function readQuoted(
  field: string,
  { name, start }: { readonly name: string; readonly start: number },
): Pair | undefined {
  let value = "";
  let from = start;
  for (let at = start; at < field.length; at += 1) {
    const code = field.charCodeAt(at);
    if (code === quote) return { name, value: value + field.slice(from, at), end: at + 1 };
    if (code !== backslash) continue;
    value += field.slice(from, at);
    at += 1;
    from = at;
  }
  return undefined;
}

function isValueCode(code: number): boolean {
  return isTokenCode(code) || code === 0x3a || code === 0x5b || code === 0x5d;
}

function skipSpace(field: string, start: number): number {
  let at = start;
  while (isSpace(field.charCodeAt(at))) at += 1;
  return at;
}
