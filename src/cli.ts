#!/usr/bin/env node
/** `apus`: the command line, as package.json's `bin` names it. */

const required = 24;

// Before anything else is loaded: older versions lack what the rest of the command line imports.
if (Number.parseInt(process.versions.node, 10) < required) {
  process.stderr.write(`apus needs Node.js ${required} or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  const { runCommandLine } = await import("./cli/run-command-line.ts");
  await runCommandLine(process.argv.slice(2));
}
