/** The `vary` field of a response (RFC 9110 §12.5.5): names are added to it, never taken away. */

import type { HeaderLine } from "../http/http-response.ts";
import { trimSpace } from "../http/trim-space.ts";

/** The lines with `names` in one `vary` line, each name once; the same lines when nothing is missing, or it is "*". */
export function appendVary(lines: readonly HeaderLine[], names: readonly string[]): readonly HeaderLine[] {
  const listed: string[] = [];
  for (const [name, value] of lines) if (isVary(name)) listed.push(...value.split(",").map(trimSpace));
  const known = new Set(listed.map((name) => name.toLowerCase()));
  if (known.has("*")) return lines;
  const missing = names.filter((name) => !known.has(name.toLowerCase()));
  if (missing.length === 0) return lines;
  const all = [...listed.filter((name) => name !== ""), ...missing];
  return [...lines.filter(([name]) => !isVary(name)), ["vary", all.join(", ")]];
}

function isVary(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === "vary";
}
