/** What is kept of an error: its name, message and stack, none of them without bounds. */

import { ValidationError } from "../errors/http-error.ts";
import type { TaskFailure } from "./task-record.ts";

/** Characters. */
const longestMessage = 2_000;
const longestStack = 8_000;

export function describeFailure(error: unknown, attempt: number, at: number): TaskFailure {
  if (!(error instanceof Error)) {
    return {
      attempt,
      at,
      name: "Error",
      message: shorten(`Something was thrown that is no error: ${show(error)}`, longestMessage),
    };
  }
  const issues = error instanceof ValidationError ? ` ${JSON.stringify(error.issues)}` : "";
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : "";
  return {
    attempt,
    at,
    name: shorten(error.name, 100),
    message: shorten(error.message + issues, longestMessage),
    stack: shorten((error.stack ?? "") + cause, longestStack),
  };
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
