/** Reads `accept-encoding` (RFC 9110 §12.5.3) and chooses the content coding of an answer. */

import { trimSpace } from "../http/trim-space.ts";

/** A content coding that `compression()` can make. */
export type ContentCoding = "br" | "gzip" | "zstd" | "deflate";

/**
 * The coding that the client likes best, the earlier one of `codings` between equals; undefined for none.
 * Without the field nothing is encoded, and where nothing fits neither: an answer that can be read beats a 406.
 */
export function chooseCoding(field: string | undefined, codings: readonly ContentCoding[]): ContentCoding | undefined {
  if (field === undefined || field === "") return undefined;
  const weights = parseWeights(field);
  const others = weights.get("*") ?? 0;
  let chosen: ContentCoding | undefined;
  let best = 0;
  for (const coding of codings) {
    const weight = weights.get(coding) ?? others;
    if (weight > best) [chosen, best] = [coding, weight];
  }
  return (weights.get("identity") ?? 0) > best ? undefined : chosen;
}

/** Each coding in lower case with its weight from 0 to 1; the lowest one when it was named twice. */
function parseWeights(field: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of field.split(",")) {
    const semicolon = member.indexOf(";");
    const written = trimSpace(semicolon === -1 ? member : member.slice(0, semicolon)).toLowerCase();
    const coding = written === "x-gzip" ? "gzip" : written;
    const weight = semicolon === -1 ? 1 : parseWeight(member.slice(semicolon + 1));
    weights.set(coding, Math.min(weight, weights.get(coding) ?? 1));
  }
  return weights;
}

/** `q=0.5`; what is no weight counts as a refusal, because the answer without a coding is always right. */
function parseWeight(text: string): number {
  const parameter = trimSpace(text).toLowerCase();
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(parameter) ? Number(parameter.slice(2)) : 0;
}
