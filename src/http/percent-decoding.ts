/** Percent-decoding (RFC 3986 §2.1) of UTF-8 text that answers `undefined`, and never throws, for what is malformed. */

const hexDigits: Int8Array = buildHexDigits();

/**
 * The decoded text; the same string when it has no "%".
 * `undefined` when an escape is cut short, is not hexadecimal, or the escaped bytes are not UTF-8 (RFC 3629 §4).
 */
export function decodePercent(text: string): string | undefined {
  const first = text.indexOf("%");
  if (first === -1) return text;
  // Checked first because a URIError costs microseconds, and a client can ask for hundreds of them.
  return hasUtf8Escapes(text, first) ? decodeURIComponent(text) : undefined;
}

function hasUtf8Escapes(text: string, first: number): boolean {
  let at = first;
  while (at !== -1) {
    const lead = readEscape(text, at);
    if (lead === -1) return false;
    const length = sequenceLength(lead);
    if (length === 0) return false;
    for (let index = 1; index < length; index += 1) {
      const byte = readEscape(text, at + 3 * index);
      if (byte < (index === 1 ? lowestSecond(lead) : 0x80)) return false;
      if (byte > (index === 1 ? highestSecond(lead) : 0xbf)) return false;
    }
    at = text.indexOf("%", at + 3 * length);
  }
  return true;
}

/** The byte that the escape at `at` stands for, or -1. */
function readEscape(text: string, at: number): number {
  if (text.charCodeAt(at) !== 0x25) return -1;
  const high = hexDigits[text.charCodeAt(at + 1)] ?? -1;
  const low = hexDigits[text.charCodeAt(at + 2)] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Bytes in the sequence that `lead` begins; 0 when it cannot begin one. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** Excludes overlong forms. */
function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0;
  return lead === 0xf0 ? 0x90 : 0x80;
}

/** Excludes surrogates and what lies beyond U+10FFFF. */
function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f;
  return lead === 0xf4 ? 0x8f : 0xbf;
}

function buildHexDigits(): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (let digit = 0; digit < 16; digit += 1) {
    const text = digit.toString(16);
    table[text.charCodeAt(0)] = digit;
    table[text.toUpperCase().charCodeAt(0)] = digit;
  }
  return table;
}
