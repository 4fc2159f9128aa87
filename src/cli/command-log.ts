/** The log of a command that keeps running: lines like those of the app, so that both are one log. */

import { createConsoleWriter } from "../log/console-writer.ts";
import { createLogger, type Logger } from "../log/logger.ts";

export function createCommandLog(mode: "development" | "production"): Logger {
  const pretty = process.stdout.isTTY && (process.env["NODE_ENV"] || mode) !== "production";
  return createLogger(createConsoleWriter({ pretty }));
}
