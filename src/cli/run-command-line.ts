/** Runs the command that the words name, and ends the process with its exit code. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CommandError, describeFailure } from "./command-error.ts";
import { describeCommand, describeCommands, parseCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { writeOutput } from "./standard-output.ts";

/** `words` are those after `apus`. Never rejects; sets the exit code, 2 for wrong usage. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  try {
    const code = await run(words);
    // Whatever the loaded module holds open, a pool or a timer, must not keep a finished command running.
    if (code !== undefined) process.exit(code);
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exit(error instanceof CommandError ? error.exitCode : 1);
  }
}

async function run([name = "--help", ...rest]: readonly string[]): Promise<number | undefined> {
  if (name === "--version" || name === "-v") return writeOutput(`${await readVersion()}\n`);
  if (name === "--help" || name === "-h" || name === "help") return writeOutput(describeCommands(commands));
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    throw new CommandError(`There is no command ${JSON.stringify(name)}.\n\n${describeCommands(commands)}`, {
      exitCode: 2,
    });
  }
  const input = parseCommand(command, rest);
  if (input.switches.has("help")) return writeOutput(describeCommand(command));
  return command.run(input);
}

async function readVersion(): Promise<string> {
  const path = fileURLToPath(import.meta.resolve("apus/package.json"));
  return (JSON.parse(await readFile(path, "utf8")) as { readonly version: string }).version;
}
