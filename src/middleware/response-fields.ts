/** Reads and changes the header lines of a response: every function gives a new list. */

import type { HeaderLine } from "../http/http-response.ts";

/** The value of the first line of a field; `name` in lower case, the lines in any. */
export function findField(lines: readonly HeaderLine[], name: string): string | undefined {
  return lines.find(([given]) => isSameName(given, name))?.[1];
}

/** The lines without those fields; `names` in lower case. */
export function dropFields(lines: readonly HeaderLine[], names: ReadonlySet<string>): readonly HeaderLine[] {
  return lines.filter(([name]) => !names.has(name) && !names.has(name.toLowerCase()));
}

function isSameName(given: string, wanted: string): boolean {
  return given === wanted || (given.length === wanted.length && given.toLowerCase() === wanted);
}
