/** Writes log records to a stream: one JSON object a line, or coloured text on a terminal. */

import { inspect, styleText } from "node:util";
import type { LogLevel, LogRecord, WriteRecord } from "./logger.ts";
import { redactFields } from "./redact.ts";

export interface ConsoleWriterOptions {
  readonly stream?: { write(text: string): unknown };
  /** Coloured text for people instead of JSON for machines. */
  readonly pretty: boolean;
}

const colours: Readonly<Record<LogLevel, "gray" | "green" | "yellow" | "red">> = {
  debug: "gray",
  info: "green",
  warn: "yellow",
  error: "red",
};

/** A writer for `createLogger`; secrets are redacted and control characters escaped in both forms. */
export function createConsoleWriter({ stream = process.stdout, pretty }: ConsoleWriterOptions): WriteRecord {
  const format = pretty ? formatPretty : formatJson;
  return (record) => {
    stream.write(`${format(record)}\n`);
  };
}

function formatJson({ level, time, message, fields }: LogRecord): string {
  const line = JSON.stringify({ time: time.toISOString(), level, message, ...redactFields(fields) });
  // JSON.stringify leaves these as they are, and a terminal may take them for commands.
  return line.replace(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

function formatPretty({ level, time, message, fields }: LogRecord): string {
  const { error, ...rest } = redactFields(fields) as { error?: unknown };
  const clock = styleText("gray", time.toISOString().slice(11, 23));
  const head = `${clock} ${styleText(colours[level], level.padEnd(5))} ${escapeControl(message)}`;
  const shown = Object.entries(rest).map(([name, value]) =>
    styleText("gray", escapeControl(`${name}=${formatValue(value)}`)),
  );
  const line = [head, ...shown].join(" ");
  return error === undefined ? line : `${line}\n${formatStack(error)}`;
}

function formatValue(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 4 });
}

function formatStack(error: unknown): string {
  if (typeof error !== "object" || error === null) return escapeControl(formatValue(error));
  const stack = (error as { stack?: unknown }).stack;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  let text = escapeControl(typeof stack === "string" ? stack : formatValue(error), true);
  for (const each of Array.isArray(errors) ? errors : []) text += `\n  one of them: ${formatStack(each)}`;
  return cause === undefined ? text : `${text}\n  caused by: ${formatStack(cause)}`;
}

/** What a stranger put into a URL or a message must not steer the terminal. */
function escapeControl(text: string, keepLines = false): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must be found
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    keepLines && character === "\n" ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
