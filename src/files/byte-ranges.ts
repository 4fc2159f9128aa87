/** Reads `range` fields (RFC 9110 §14): which bytes of a content of known length a client wants. */

import { trimSpace } from "../http/trim-space.ts";

/** A run of bytes: `start` from 0, `length` at least 1. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** A field with more ranges than this is answered as if it were not there. */
const maxRanges = 10;

const rangeForm = /^(\d*)-(\d*)$/;

/**
 * The ranges in the order of the field, those that overlap joined; an empty list when no byte of `size` is in any.
 * Undefined when the field is to be ignored: another unit, a range that is none, too many of them, or nothing to cut.
 */
export function parseByteRanges(field: string, size: number): readonly ByteRange[] | undefined {
  const equals = field.indexOf("=");
  if (equals === -1 || field.slice(0, equals).toLowerCase() !== "bytes" || size === 0) return undefined;
  const ranges: ByteRange[] = [];
  let count = 0;
  for (let at = equals + 1; at <= field.length;) {
    const comma = field.indexOf(",", at);
    const end = comma === -1 ? field.length : comma;
    const text = trimSpace(field.slice(at, end));
    at = end + 1;
    // Elements of a list may be empty (RFC 9110 §5.6.1.2).
    if (text === "") continue;
    count += 1;
    const range = count > maxRanges ? undefined : parseRange(text, size);
    if (range === undefined) return undefined;
    if (range.length > 0) ranges.push(range);
  }
  return count === 0 ? undefined : joinOverlapping(ranges);
}

/** Undefined when it is no range; with length 0 when it lies behind the end. */
function parseRange(text: string, size: number): ByteRange | undefined {
  const [, first = "", last = ""] = rangeForm.exec(text) ?? [];
  if (first === "") {
    if (last === "") return undefined;
    const length = Math.min(Number(last), size);
    return { start: size - length, length };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && end < start) return undefined;
  return { start, length: Math.max(0, Math.min(end, size - 1) - start + 1) };
}

/** The same bytes twice would be an answer larger than the content (RFC 9110 §15.3.7.2 allows to join them). */
function joinOverlapping(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const sorted = ranges.toSorted((one, other) => one.start - other.start);
  const joined: ByteRange[] = [];
  for (const range of sorted) {
    const previous = joined.at(-1);
    if (previous === undefined || range.start >= previous.start + previous.length) {
      joined.push(range);
      continue;
    }
    const length = Math.max(previous.length, range.start + range.length - previous.start);
    joined[joined.length - 1] = { start: previous.start, length };
  }
  return joined.length === ranges.length ? ranges : joined;
}
