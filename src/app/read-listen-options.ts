/** Checks what `listen()` was given: a limit that is no number would be no limit. */

import { ApusError } from "../errors/apus-error.ts";
import { longestTime } from "../errors/checked-options.ts";
import { defaultEngineOptions } from "../server/engine.ts";
import type { ListenOptions } from "./running-server.ts";

const engineKinds: readonly unknown[] = ["node", "net"] satisfies readonly ListenOptions["engine"][];

/**
 * The options, without limits that are undefined.
 * @throws ApusError APUS_BAD_OPTION
 */
export function readListenOptions(options: ListenOptions): ListenOptions {
  const { host, limits = {} } = options;
  checkNumber("port", options.port, 65_535);
  for (const name of ["stopTimeout", "stopDelay", "idleGrace"] as const) checkNumber(name, options[name], longestTime);
  if (host !== undefined && (typeof host !== "string" || host === "")) {
    throw refuse("host", host, 'text such as "127.0.0.1", or "::" for every interface');
  }
  if (options.engine !== undefined && !engineKinds.includes(options.engine)) {
    throw refuse("engine", options.engine, `one of ${engineKinds.join(", ")}`);
  }
  const { tls } = options;
  if (tls !== undefined && (typeof tls !== "object" || tls === null || !(tls.key ?? tls.pfx ?? tls.SNICallback))) {
    throw refuse("tls", tls, "an object with key and cert, as tls.createServer() takes them");
  }
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkLimit(name, value);
  return { ...options, limits: Object.fromEntries(given) };
}

function checkLimit(name: string, value: unknown): void {
  if (!Object.hasOwn(defaultEngineOptions, name)) {
    throw refuse(`limits.${name}`, value, `absent: there are ${Object.keys(defaultEngineOptions).join(", ")}`);
  }
  checkNumber(`limits.${name}`, value, Number.MAX_SAFE_INTEGER);
}

function checkNumber(name: string, value: unknown, highest: number): void {
  if (value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= highest)) return;
  throw refuse(name, value, `a whole number from 0 to ${highest}`);
}

function refuse(name: string, value: unknown, wanted: string): ApusError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new ApusError("APUS_BAD_OPTION", `listen() was given ${name}: ${shown}; it must be ${wanted}.`);
}
