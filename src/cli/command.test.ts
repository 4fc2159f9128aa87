/** Words of a command line: what is read, what is refused, what the help says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCommand, describeCommands, parseCommand, parsePort, parseWorkers, type Command } from "./command.ts";

const command: Command = {
  name: "serve",
  summary: "Serves something",
  options: { port: { value: "PORT", description: "8000" }, json: { description: "as JSON" } },
  notes: ["A note."],
  run: async () => 0,
};

test("options and the file are read in any order", () => {
  const { path, texts, switches } = parseCommand(command, ["--json", "app.ts", "--port=1"]);
  assert.equal(path, "app.ts");
  assert.deepEqual([...texts], [["port", "1"]]);
  assert.deepEqual([...switches], ["json"]);
  assert.deepEqual([...parseCommand(command, ["-h"]).switches], ["help"]);
  assert.equal(parseCommand(command, []).path, undefined);
});

for (const [name, words, message] of [
  ["an unknown option", ["--prot", "1"], /^Unknown option '--prot'\.\n\napus serve --help/],
  ["a missing value", ["--port"], /argument missing/],
  ["a switch with a value", ["--json=yes"], /does not take an argument/],
  ["a second file", ["a.ts", "b.ts"], /^One file at a time, not a\.ts, b\.ts\./],
] as const) {
  test(`${name} is wrong usage`, () => {
    assert.throws(() => parseCommand(command, words), { name: "CommandError", exitCode: 2, message });
  });
}

test("ports and numbers of workers are whole numbers in their range", () => {
  assert.deepEqual(
    [parsePort("0", "--port"), parsePort("65535", "PORT"), parseWorkers("1"), parseWorkers("64")],
    [0, 65_535, 1, 64],
  );
  for (const text of ["", " 1", "-1", "1.5", "0x10", "1e3", "65536", "123456", "a"]) {
    assert.throws(() => parsePort(text, "PORT"), { exitCode: 2, message: /^PORT is a number from 0 to 65535, not "/ });
  }
  for (const text of ["", "0", "-1", "1.5", "1000", "auto"]) assert.throws(() => parseWorkers(text), { exitCode: 2 });
});

test("the help names every option and every command", () => {
  const text = describeCommand(command);
  for (const part of [
    "Serves something.",
    "apus serve [app.ts] [options]",
    "--port <PORT>  8000",
    "--json         as JSON",
    "A note.",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.match(describeCommands([command]), /^ {2}serve {2}Serves something$/m);
});
