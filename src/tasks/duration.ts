/** Times as people write them: milliseconds, or a number with its unit such as "30s", "5m" or "7d". */

import { refuseOption } from "../errors/factory-options.ts";

/** Milliseconds, or text such as "500ms", "30s", "5m", "2h", "7d". */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const units: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** A hundred years: more would leave the range of dates. */
const longest = 36_500 * 86_400_000;

/** Milliseconds; `place` is such as `task({ timeout })`. @throws ApusError APUS_BAD_OPTION */
export function parseDuration(place: string, given: unknown): number {
  const milliseconds = typeof given === "string" ? parseText(given) : given;
  if (typeof milliseconds === "number" && milliseconds >= 0 && milliseconds <= longest) return Math.round(milliseconds);
  throw refuseOption(place, given, `milliseconds, or a number and its unit such as "30s", "5m" or "7d"`);
}

function parseText(text: string): number {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount === undefined || unit === undefined ? Number.NaN : Number(amount) * (units.get(unit) ?? Number.NaN);
}
