/** Checks the options that a function of the framework is given at startup: names that do not exist, values that mean nothing. */

import { ApusError } from "./apus-error.ts";

/**
 * Refuses what is no object, and options with a name that the factory does not know.
 * @throws ApusError APUS_BAD_OPTION
 */
export function checkOptionNames(factory: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw refuseOption(`${factory}()`, options, `an object with ${names.join(", ")}`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const message = `${factory}() has no option ${describeValue(unknown)}: there are ${names.join(", ")}.`;
  throw new ApusError("APUS_BAD_OPTION", message);
}

/** The error for a value; `place` is such as `cors({ maxAge })`, `wanted` says what may stand there. */
export function refuseOption(place: string, value: unknown, wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${place} was given ${describeValue(value)}; it must be ${wanted}.`);
}

/** Short enough for a message, whatever the value is. */
function describeValue(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}
