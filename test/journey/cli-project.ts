/** A small project in a folder of its own, and the command line run in it as users do. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "src/cli.ts");
/** Longer than anything should take on a busy machine. */
const patience = 15_000;

const started = new Set<ChildProcess>();
/** Shared by all processes, so that only the first ones compile the framework. */
const compileCache = mkdtempSync(join(tmpdir(), "apus-cli-cache-"));
const folders = new Set([compileCache]);
after(() => {
  for (const child of started) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

export interface Command {
  readonly child: ChildProcess;
  /** Everything written so far, both streams. */
  readonly output: () => string;
  /** The next line, after those that were asked for before, that fits; its first group. */
  next(pattern: RegExp): Promise<string>;
  /** Code or signal. */
  readonly ended: Promise<number | string>;
}

export interface Project {
  readonly folder: string;
  write(name: string, text: string): void;
  /** As most editors save: a new file that is moved over the old one. */
  replace(name: string, text: string): void;
  start(words: readonly string[], environment?: Readonly<Record<string, string>>): Command;
  run(
    words: readonly string[],
  ): Promise<{ readonly code: number | string; readonly out: string; readonly error: string }>;
}

export function createProject(files: Readonly<Record<string, string>>): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "apus-cli-")));
  folders.add(folder);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/apus"), "junction");
  write("package.json", '{ "type": "module" }\n');
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    folder,
    write,
    replace(name, text) {
      write(`${name}.new`, text);
      renameSync(join(folder, `${name}.new`), join(folder, name));
    },
    start: (words, environment) => follow(launch(folder, words, environment)),
    async run(words) {
      const child = launch(folder, words);
      const [out, error, [code, signal]] = await Promise.all([
        readAll(child.stdout),
        readAll(child.stderr),
        once(child, "exit") as Promise<[number | null, string | null]>,
      ]);
      return { code: code ?? String(signal), out, error };
    },
  };
}

type Launched = ReturnType<typeof launch>;

function launch(cwd: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { NODE_TEST_CONTEXT: _, NODE_ENV: _mode, PORT: _port, HOST: _host, ...env } = process.env;
  const child = spawn(process.execPath, [cli, ...words], {
    cwd,
    env: { ...env, NODE_COMPILE_CACHE: compileCache, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  child.once("exit", () => started.delete(child));
  return child;
}

function follow(child: Launched): Command {
  const lines: string[] = [];
  let read = 0;
  let isOver = false;
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", (line) => lines.push(line));
  const ended = (once(child, "exit") as Promise<[number | null, string | null]>).then(([code, signal]) => {
    isOver = true;
    return code ?? String(signal);
  });
  return {
    child,
    ended,
    output: () => lines.join("\n"),
    async next(pattern) {
      for (const limit = Date.now() + patience; Date.now() < limit; await sleep(10)) {
        const wasOver = isOver;
        while (read < lines.length) {
          const match = pattern.exec(lines[read++] ?? "");
          if (match !== null) return match[1] ?? match[0];
        }
        if (wasOver) break;
      }
      throw new Error(`${isOver ? "ended without" : "waited in vain for"} ${String(pattern)}:\n${lines.join("\n")}`);
    },
  };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
