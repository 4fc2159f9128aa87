/** A command as data, the parsing of its words, and its help. */

import { parseArgs, styleText } from "node:util";
import { CommandError } from "./command-error.ts";

export interface CommandOption {
  /** The placeholder of its value in the help; an option without one is a switch. */
  readonly value?: string;
  readonly description: string;
}

/** What was given: `path` is the app's file, if named. */
export interface CommandInput {
  readonly path: string | undefined;
  readonly texts: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Sentences below the options. */
  readonly notes?: readonly string[];
  /** The exit code; undefined where the process goes on and ends by itself. */
  readonly run: (input: CommandInput) => Promise<number | undefined>;
}

const helpOption: CommandOption = { description: "this help" };

/** @throws CommandError with exit code 2 for options that do not exist, missing values, and more than one file. */
export function parseCommand({ name, options }: Command, words: readonly string[]): CommandInput {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries({ ...options, help: helpOption }).map(([key, { value }]) => [
          key,
          { type: value === undefined ? "boolean" : "string", ...(key === "help" && { short: "h" }) } as const,
        ]),
      ),
    });
    if (positionals.length > 1) throw new TypeError(`One file at a time, not ${positionals.join(", ")}`);
    const given = Object.entries(values);
    return {
      path: positionals[0],
      texts: new Map(given.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
      switches: new Set(given.filter(([, value]) => value === true).map(([key]) => key)),
    };
  } catch (error) {
    // Node's own message goes on about positional arguments.
    const [message = ""] = (error as Error).message.split(". To specify");
    throw new CommandError(`${message}.\n\napus ${name} --help lists what it takes.`, { exitCode: 2 });
  }
}

/** A port as text; `place` names where it comes from. */
export function parsePort(text: string, place: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new CommandError(`${place} is a number from 0 to 65535, not ${JSON.stringify(text)}.`, { exitCode: 2 });
}

/** The number of workers: 1 to 999. */
export function parseWorkers(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new CommandError(`--workers is a number from 1 to 999, not ${JSON.stringify(text)}.`, { exitCode: 2 });
}

export function describeCommand({ name, summary, options, notes = [] }: Command): string {
  const rows = Object.entries({ ...options, help: helpOption }).map(([key, { value, description }]) => [
    value === undefined ? `--${key}` : `--${key} <${value}>`,
    description,
  ]);
  return [
    `${summary}.`,
    "",
    `${bold("Usage:")} apus ${name} [app.ts] [options]`,
    "",
    bold("Options:"),
    ...alignRows(rows),
    ...notes.flatMap((note) => ["", note]),
    "",
  ].join("\n");
}

export function describeCommands(commands: readonly Command[]): string {
  return [
    `${bold("Usage:")} apus <command> [app.ts] [options]`,
    "",
    bold("Commands:"),
    ...alignRows(commands.map(({ name, summary }) => [name, summary])),
    "",
    "apus <command> --help says more; apus --version prints the version.",
    "",
  ].join("\n");
}

function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([first = ""]) => first.length));
  return rows.map(([first = "", second = ""]) => `  ${first.padEnd(width)}  ${second}`);
}

function bold(text: string): string {
  return styleText("bold", text);
}
