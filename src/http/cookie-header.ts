/** The reader of the `cookie` field (RFC 6265bis §5): name and value pairs in the order they were sent. */

import { decodePercent } from "./percent-decoding.ts";
import { trimSpace } from "./trim-space.ts";

/** How many pairs are read; what follows is ignored. */
export const maxCookies = 200;

/**
 * Reads the field's text. Names are kept as sent; pairs without a name are ignored; a value loses its surrounding
 * double quotes and is percent-decoded where that is possible, otherwise kept as sent. Repeated names stay repeated.
 */
export function parseCookies(header: string): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  let start = 0;
  while (start < header.length && pairs.length < maxCookies) {
    const semicolon = header.indexOf(";", start);
    const end = semicolon === -1 ? header.length : semicolon;
    const pair = parsePair(header.slice(start, end));
    if (pair !== undefined) pairs.push(pair);
    start = end + 1;
  }
  return pairs;
}

function parsePair(text: string): readonly [string, string] | undefined {
  const equals = text.indexOf("=");
  if (equals === -1) return undefined;
  const name = trimSpace(text.slice(0, equals));
  if (name === "") return undefined;
  const value = unquote(trimSpace(text.slice(equals + 1)));
  return [name, decodePercent(value) ?? value];
}

function unquote(text: string): string {
  const isQuoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return isQuoted ? text.slice(1, -1) : text;
}
