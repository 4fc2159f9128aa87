/** A logger of one's own, and log lines of a handler: docs/logging.md. */

import { App, type LogFields, type Logger, type LogLevel } from "apus";

// #region logger
export type Line = LogFields & { readonly level: LogLevel; readonly message: string };

export function createMemoryLogger(lines: Line[], bound: LogFields = {}): Logger {
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ ...bound, ...fields, level, message });
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => createMemoryLogger(lines, { ...bound, ...fields }),
  };
}
// #endregion logger

export const lines: Line[] = [];
export const app = new App({ log: createMemoryLogger(lines) });

// #region line
export const charge = app.post("/charges/{id:int}", ({ path, log, requestId }) => {
  log.info("Charged", { charge: path.id });
  return { requestId };
});
// #endregion line
