/** What an app may say of its loop guard, checked and completed. */

import { ApusError } from "../errors/apus-error.ts";

export interface GuardOptions {
  /** Milliseconds that one turn of the event loop may take unnoticed: 50 in development, 200 in production. */
  readonly threshold?: number;
  /** Whether synchronous calls of Node.js inside a request are reported, however short; by default in development only. */
  readonly syncCalls?: boolean;
}

export interface GuardSettings {
  readonly threshold: number;
  readonly syncCalls: boolean;
}

export interface GuardMode {
  readonly isProduction: boolean;
  /** Whether the app logs anything, and is not being tested; otherwise the guard is off unless it is asked for. */
  readonly logs: boolean;
}

const smallestThreshold = 10;
const largestThreshold = 60_000;

/**
 * The settings of a guard, or undefined where there is to be none.
 * @throws ApusError APUS_BAD_OPTION.
 */
export function readGuardOptions(
  option: GuardOptions | boolean | undefined,
  { isProduction, logs }: GuardMode,
): GuardSettings | undefined {
  if (option === false || (option === undefined && !logs)) return undefined;
  if (option !== undefined && option !== true && (typeof option !== "object" || option === null)) {
    throw refuse("guard", option, "true, false or an object");
  }
  const { threshold = isProduction ? 200 : 50, syncCalls = !isProduction } = typeof option === "object" ? option : {};
  if (!(typeof threshold === "number" && threshold >= smallestThreshold && threshold <= largestThreshold)) {
    throw refuse("guard.threshold", threshold, `${smallestThreshold} to ${largestThreshold} milliseconds`);
  }
  if (typeof syncCalls !== "boolean") throw refuse("guard.syncCalls", syncCalls, "true or false");
  return { threshold, syncCalls };
}

function refuse(name: string, value: unknown, wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `${name} is ${wanted}, not ${String(value)}.`);
}
