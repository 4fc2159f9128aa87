/** Runs apps/loop-holder.ts as a process of its own, asks it, and reads its log. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const appFile = fileURLToPath(new URL("apps/loop-holder.ts", import.meta.url));
/** Milliseconds; longer than anything should take on a busy machine. */
const patience = 40_000;

const started = new Set<ChildProcess>();
after(() => {
  for (const child of started) child.kill("SIGKILL");
});

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly route?: string;
  readonly requestId?: string;
  readonly stack?: readonly string[];
}

export interface GuardedProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  /** What was written that is no line of the log. */
  readonly strays: readonly string[];
  readonly ended: Promise<number | string>;
  ask(path: string): Promise<Response>;
  /** The first line that fits. */
  find(pattern: RegExp): Promise<LogLine>;
  /** Asks, again and again, until a line fits: one occurrence may fall on a moment in which the machine is busy. */
  provoke(path: string, pattern: RegExp): Promise<LogLine>;
}

export interface GuardedOptions {
  /** Of Node.js. */
  readonly flags?: readonly string[];
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Resolves when the app listens. */
export async function startGuarded({
  flags = [],
  words = [],
  environment = {},
}: GuardedOptions = {}): Promise<GuardedProcess> {
  const { NODE_TEST_CONTEXT: _, NODE_ENV: _mode, NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(process.execPath, [...flags, appFile, ...words], {
    env: { ...env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  const lines: LogLine[] = [];
  const strays: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      if (line.startsWith('{"time"')) lines.push(JSON.parse(line) as LogLine);
      else strays.push(line);
    });
  }
  let isOver = false;
  const ended = (once(child, "exit") as Promise<[number | null, string | null]>).then(([code, signal]) => {
    isOver = true;
    started.delete(child);
    return code ?? String(signal);
  });
  const look = async (pattern: RegExp, milliseconds: number): Promise<LogLine | undefined> => {
    for (const limit = Date.now() + milliseconds; ; await sleep(10)) {
      const wasOver = isOver;
      const found = lines.find(({ message }) => pattern.test(message));
      if (found !== undefined || wasOver || Date.now() > limit) return found;
    }
  };
  const explain = (pattern: RegExp): Error => {
    const written = [...lines.map(({ level, message }) => `${level} ${message}`), ...strays];
    return new Error(`waited in vain for ${String(pattern)}:\n${written.join("\n")}`);
  };
  const find = async (pattern: RegExp): Promise<LogLine> => {
    const found = await look(pattern, patience);
    if (found === undefined) throw explain(pattern);
    return found;
  };
  const { message } = await find(/^Listening on /);
  const url = message.slice(message.indexOf("http"));
  const ask = (path: string): Promise<Response> => fetch(url + path);
  return {
    child,
    lines,
    strays,
    ended,
    ask,
    find,
    async provoke(path, pattern) {
      for (const limit = Date.now() + patience; Date.now() < limit;) {
        await (await ask(path)).text();
        const found = await look(pattern, 1_000);
        if (found !== undefined) return found;
      }
      throw explain(pattern);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
