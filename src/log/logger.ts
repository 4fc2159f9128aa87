/** A structured logger: a message, fields, and children that carry fields of their own. */

import { ApusError } from "../errors/apus-error.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each of its lines. */
  child(fields: LogFields): Logger;
}

/** One line as it is about to be written. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly time: Date;
  readonly message: string;
  readonly fields: LogFields;
}

export type WriteRecord = (record: LogRecord) => void;

/** From which level on lines are written; "silent" writes none. */
export type LogThreshold = LogLevel | "silent";

const order: Readonly<Record<LogThreshold, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

class RecordLogger implements Logger {
  readonly #write: WriteRecord;
  readonly #level: LogThreshold;
  readonly #fields: LogFields;

  constructor(write: WriteRecord, level: LogThreshold, fields: LogFields) {
    this.#write = write;
    this.#level = level;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  child(fields: LogFields): Logger {
    return new RecordLogger(this.#write, this.#level, { ...this.#fields, ...fields });
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (order[level] < order[this.#level]) return;
    this.#write({ level, time: new Date(), message, fields: { ...this.#fields, ...fields } });
  }
}

/**
 * A logger that hands each record at or above `level` to `write`.
 * @throws ApusError APUS_BAD_OPTION for a level that does not exist.
 */
export function createLogger(write: WriteRecord, level: LogThreshold = "info"): Logger {
  if (!Object.hasOwn(order, level)) {
    const message = `There is no log level ${JSON.stringify(level)}; there are ${Object.keys(order).join(", ")}.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  return new RecordLogger(write, level, {});
}

/** A logger that says nothing. */
export const silentLogger: Logger = createLogger(() => {}, "silent");
