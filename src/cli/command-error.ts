/** What ends a command with a message instead of a stack, and how any failure is shown. */

import { inspect } from "node:util";

/** `message` names the remedy; the `cause`, if there is one, is shown below it. `exitCode` 2 means wrong usage. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The text for the terminal: the message of a CommandError with its cause, anything else with its stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof CommandError)) return describeError(error);
  return error.cause === undefined ? error.message : `${error.message}\n\n${describeError(error.cause)}`;
}

/** Without the frames of Node's own loader, which say nothing of the program. */
function describeError(error: unknown): string {
  return inspect(error)
    .split("\n")
    .filter((line) => !/^ +at /.test(line) || !line.includes("node:internal/"))
    .join("\n");
}
