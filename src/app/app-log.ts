/** The logger of an app, from what its options say. */

import { createConsoleWriter } from "../log/console-writer.ts";
import { createLogger, silentLogger, type Logger } from "../log/logger.ts";
import type { LogOptions } from "./app-options.ts";

/** Decided once: what the built-in logger would not write is not made for each request. */
export function logsRequests(log: LogOptions | Logger | false | undefined): boolean {
  if (log === false) return false;
  if (log === undefined || "child" in log) return true;
  const { requests = true, level = "info" } = log;
  return requests && (level === "info" || level === "debug");
}

/** The built-in one, the user's own, or one that says nothing. */
export function buildLogger(log: LogOptions | Logger | false | undefined): Logger {
  if (log === false) return silentLogger;
  if (log !== undefined && "child" in log) return log;
  const pretty = log?.pretty ?? (process.stdout.isTTY && process.env["NODE_ENV"] !== "production");
  return createLogger(createConsoleWriter({ pretty }), log?.level);
}
