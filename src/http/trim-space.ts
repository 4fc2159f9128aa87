/** Optional white space as HTTP knows it (RFC 9110 §5.6.3): SP and HTAB, nothing else. */

/** `trim` also takes NBSP, with which a forged name would collapse onto a real one; and a pattern could backtrack. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Whether a character code is SP or HTAB. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
