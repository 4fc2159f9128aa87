/** Splits the lines of a list-based header field into the elements of one list (RFC 9110 §5.6.1). */

/**
 * The elements of all lines in their order, without the spaces and tabs around them and without empty ones.
 * A comma inside of quotes splits, too: the style that OpenAPI calls "simple" knows no quotes.
 */
export function splitFieldLines(lines: readonly string[]): readonly string[] {
  const elements: string[] = [];
  for (const line of lines) {
    for (const part of line.split(",")) {
      const element = trimPadding(part);
      if (element !== "") elements.push(element);
    }
  }
  return elements;
}

/** Optional whitespace is spaces and tabs only (RFC 9110 §5.6.3): `trim()` would take more. */
function trimPadding(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(text.charCodeAt(start))) start += 1;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isPadding(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
