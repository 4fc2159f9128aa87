/**
 * Real servers for tests and benchmarks: `start [postgres] [redis]`, `stop`, and `run [postgres] [redis] -- COMMAND …`.
 * Everything lives in temporary folders; with `--if-possible`, `run` goes on without what cannot be started.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findService, installServices, serviceKinds, type ServiceKind } from "./find-service.ts";
import { identifyProcess, isRunning, type ProcessIdentity } from "./identify-process.ts";
import { startService, stopService, type RecordService, type StartedService } from "./start-service.ts";

const usage =
  "node scripts/services.ts start [postgres] [redis] | stop | run [--if-possible] [postgres] [redis] -- COMMAND …";
const variables = { postgres: "DATABASE_URL", redis: "REDIS_URL" } as const;

async function main([task, ...words]: readonly string[]): Promise<number> {
  if (process.platform === "win32") throw new Error("PostgreSQL and Redis are started on Linux and macOS only.");
  switch (task) {
    case "start":
      return start(readKinds(words));
    case "stop":
      return stop();
    case "run":
      return runWithServices(words);
    case "guard":
      return guard();
    case undefined:
    default:
      throw new Error(`usage: ${usage}`);
  }
}

/** Starts what does not run yet, and prints where everything is. */
async function start(kinds: readonly ServiceKind[]): Promise<number> {
  await alone(async (path) => {
    const running: Record<string, StartedService> = {};
    const save = (): void => writeFileSync(`${path}.new`, JSON.stringify(running), { mode: 0o600 });
    for (const service of readState(path)) {
      if (isRunning(service)) running[service.folder] = service;
      else await stopService(service);
    }
    const record: RecordService = (service) => {
      running[service.folder] = service;
      save();
      renameSync(`${path}.new`, path);
    };
    const isMissing = (kind: ServiceKind): boolean => Object.values(running).every((service) => service.kind !== kind);
    installServices(kinds.filter((kind) => isMissing(kind) && findService(kind) === undefined));
    for (const kind of kinds) if (isMissing(kind)) await startService(kind, record);
    for (const { kind, url } of Object.values(running)) {
      if (kinds.includes(kind)) process.stdout.write(`${variables[kind]}=${url}\n`);
    }
  });
  return 0;
}

/** Stops what `start` started. */
async function stop(): Promise<number> {
  await alone(async (path) => {
    await Promise.all(readState(path).map(stopService));
    rmSync(path, { force: true });
  });
  return 0;
}

/** Gives a command servers of its own, and its exit code. */
async function runWithServices(words: readonly string[]): Promise<number> {
  const end = words.indexOf("--");
  const [program, ...rest] = end === -1 ? [] : words.slice(end + 1);
  if (program === undefined) throw new Error(`usage: ${usage}`);
  const isLenient = words.slice(0, end).includes("--if-possible");
  const kinds = readKinds(words.slice(0, end).filter((word) => word !== "--if-possible"));
  const interruption = new Interruption();
  installServices(kinds.filter((kind) => findService(kind) === undefined));
  const guardian = spawnGuardian();
  try {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const kind of kinds) {
      if (interruption.signal !== undefined) break;
      delete env[variables[kind]];
      const record: RecordService = (service) => void guardian.stdin?.write(`${JSON.stringify(service)}\n`);
      try {
        env[variables[kind]] = (await startService(kind, record)).url;
      } catch (error) {
        if (!isLenient) throw error;
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
    return await interruption.run(program, rest, env);
  } finally {
    guardian.stdin?.end();
    if (guardian.exitCode === null) await new Promise((resolve) => guardian.once("exit", resolve));
  }
}

/** The command, and the signals that are for it: the first ends it, then the servers. */
class Interruption {
  signal: NodeJS.Signals | undefined;
  #child: ChildProcess | undefined;

  constructor() {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        this.signal ??= signal;
        // The terminal sends an interrupt to the whole group, so the child has it already.
        if (signal !== "SIGINT" || !process.stdin.isTTY) this.#child?.kill(signal);
      });
    }
  }

  run(program: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
    if (this.signal !== undefined) return Promise.resolve(128 + constants.signals[this.signal]);
    const child = spawn(program, [...words], { env, stdio: "inherit" });
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
    });
  }
}

/** A process of its own that takes the servers away when this one ends, however it ends. */
function spawnGuardian(): ChildProcess {
  const words = [fileURLToPath(import.meta.url), "guard"];
  const child = spawn(process.execPath, words, { detached: true, stdio: ["pipe", "ignore", "inherit"] });
  child.stdin?.on("error", () => {});
  return child;
}

/** Reads what is started, one line each, until the other end is gone; then stops it. */
async function guard(): Promise<number> {
  const services = new Map<string, StartedService>();
  for await (const line of createInterface({ input: process.stdin })) {
    const service = JSON.parse(line) as StartedService;
    services.set(service.folder, service);
  }
  await Promise.all([...services.values()].map(stopService));
  return 0;
}

/** Does something with the file of what was started, while nobody else does. */
async function alone(work: (statePath: string) => Promise<void>): Promise<void> {
  const folder = join(tmpdir(), `apus-services-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  // Everybody may write to the temporary folder, and what stands in the file is stopped and removed.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${folder} belongs to somebody else.`);
  const lock = join(folder, "lock");
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identifyProcess(process.pid)), { mode: 0o600 });
  try {
    for (let wait = 0; !takeLock(own, lock); wait += 1) {
      if (wait === 1_200) throw new Error(`Another process has been starting servers for too long; it holds ${lock}.`);
      await sleep(100);
    }
    try {
      await work(join(folder, "state.json"));
    } finally {
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link appears with its content or not at all. A lock whose process is gone is removed. */
function takeLock(own: string, lock: string): boolean {
  try {
    linkSync(own, lock);
    return true;
  } catch {
    try {
      if (!isRunning(JSON.parse(readFileSync(lock, "utf8")) as ProcessIdentity)) rmSync(lock);
    } catch {
      // It has just been given back.
    }
    return false;
  }
}

function readState(path: string): readonly StartedService[] {
  try {
    return Object.values(JSON.parse(readFileSync(path, "utf8")) as Record<string, StartedService>);
  } catch {
    return [];
  }
}

function readKinds(words: readonly string[]): readonly ServiceKind[] {
  const unknown = words.find((word) => !serviceKinds.some((kind) => kind === word));
  if (unknown !== undefined) throw new Error(`There is no ${unknown} here. usage: ${usage}`);
  return words.length === 0 ? serviceKinds : serviceKinds.filter((kind) => words.includes(kind));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
