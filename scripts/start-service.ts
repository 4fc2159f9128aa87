/** Starts PostgreSQL and Redis for tests, on loopback with a password and data in a temporary folder, and stops what was started. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyProcess, isRunning, type ProcessIdentity } from "./identify-process.ts";
import { describeMissing, findService, titles, type ServiceKind } from "./find-service.ts";

/** A server as it is written down the moment something of it exists, so that everything can be taken away again. */
export interface StartedService extends Partial<ProcessIdentity> {
  readonly kind: ServiceKind;
  readonly url: string;
  /** What it keeps; removed when it stops. */
  readonly folder: string;
}

/** Is told of a server when its folder is there, and again when its process is. */
export type RecordService = (service: StartedService) => void;

/**
 * Starts a server and waits until it answers.
 * @throws Error when it is not installed, or does not begin
 */
export async function startService(kind: ServiceKind, record: RecordService): Promise<StartedService> {
  const program = findService(kind);
  if (program === undefined) throw new Error(describeMissing(kind));
  // Another process may take the free port before the server does.
  for (let attempt = 1; ; attempt += 1) {
    let latest: StartedService | undefined;
    const note: RecordService = (service) => record((latest = service));
    try {
      return await startOnce(kind, program, note);
    } catch (error) {
      if (latest !== undefined) await stopService(latest);
      if (attempt === 4) throw error;
    }
  }
}

async function startOnce(kind: ServiceKind, program: string, record: RecordService): Promise<StartedService> {
  const parts = { program, port: await findFreePort(), password: randomBytes(18).toString("base64url") };
  const folder = mkdtempSync(join(tmpdir(), `apus-${kind}-`));
  const [name, database] = kind === "postgres" ? ["postgres", "/postgres"] : ["", ""];
  const service = { kind, folder, url: `${kind}://${name}:${parts.password}@127.0.0.1:${parts.port}${database}` };
  record(service);
  const user = findUser(kind);
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const server = { ...parts, folder, user };
  const child = kind === "postgres" ? spawnPostgres(server) : spawnRedis(server);
  const failed = once(child, "error").then(([error]) => String(error));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started: ${await failed}`);
  const started = { ...service, ...identifyProcess(pid) };
  record(started);
  const isReady = kind === "postgres" ? () => isPostgresReady(folder, pid) : () => isRedisReady(parts);
  if (!(await waitUntilReady(child, isReady))) {
    throw new Error(`${titles[kind].title} did not start; its last words:\n${readLog(folder)}`);
  }
  child.unref();
  return started;
}

/** Stops a server that `startService` started, and removes its folder; nothing happens when it is gone already. */
export async function stopService(service: StartedService): Promise<void> {
  const { kind, folder, pid } = service;
  // Fast, at once, by force.
  const signals: readonly NodeJS.Signals[] =
    kind === "postgres" ? ["SIGINT", "SIGQUIT", "SIGKILL"] : ["SIGTERM", "SIGKILL"];
  for (const signal of signals) {
    if (pid === undefined || !isRunning(service)) break;
    process.kill(pid, signal);
    for (let wait = 0; wait < 150 && isRunning(service); wait += 1) await sleep(20);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

interface ServerParts {
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  /** Whom it runs as when this is root. */
  readonly user: User | undefined;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** @throws Error when the data folder cannot be made */
function spawnPostgres({ program, folder, port, password, user }: ServerParts): ChildProcess {
  const passwordPath = join(folder, "password");
  writeOwned(passwordPath, password, user);
  const words = ["-D", join(folder, "data"), "--username=postgres", "--auth=scram-sha-256", "--no-sync"];
  const settings = { cwd: folder, encoding: "utf8", ...user, env: plainEnvironment() } as const;
  const made = spawnSync(
    join(program, "initdb"),
    [...words, `--pwfile=${passwordPath}`, "--no-locale", "--encoding=UTF8"],
    settings,
  );
  rmSync(passwordPath);
  if (made.status !== 0) {
    throw new Error(`initdb failed: ${made.error?.message ?? `${made.stdout}${made.stderr}`.trim()}`);
  }
  // The path of a socket has to fit into about 100 bytes.
  const sockets = folder.length < 80 ? folder : "";
  const options = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: sockets,
    max_connections: "200",
    shared_buffers: "64MB",
    fsync: "off",
    full_page_writes: "off",
    timezone: "UTC",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return spawnServer(join(program, "postgres"), ["-D", join(folder, "data"), "-p", String(port), ...flags], {
    folder,
    user,
  });
}

function spawnRedis({ program, folder, port, password, user }: ServerParts): ChildProcess {
  const path = join(folder, "redis.conf");
  const settings = [
    "bind 127.0.0.1",
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'save ""',
    "appendonly no",
    "daemonize no",
  ];
  writeOwned(path, `${settings.join("\n")}\n`, user);
  return spawnServer(program, [path], { folder, user });
}

/** A session of its own: what a terminal or a runner sends to the group does not reach it. */
function spawnServer(
  program: string,
  words: readonly string[],
  { folder, user }: { readonly folder: string; readonly user: User | undefined },
): ChildProcess {
  const log = openSync(join(folder, "log"), "a", 0o600);
  try {
    const env = plainEnvironment();
    return spawn(program, [...words], { cwd: folder, ...user, env, detached: true, stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(child: ChildProcess, isReady: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let wait = 0; wait < 1_500; wait += 1) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (await isReady()) return true;
    await sleep(20);
  }
  return false;
}

/** The file says so itself (its eighth line), after the number of the process that wrote it. */
function isPostgresReady(folder: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

function isRedisReady({ port, password }: Pick<ServerParts, "port" | "password">): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.end(`AUTH ${password}\r\nPING\r\n`));
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => (answer += text));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(answer === "+OK\r\n+PONG\r\n"));
  });
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** PostgreSQL refuses to run as root, and nothing here needs to: the packages' own users, or nobody. */
function findUser(kind: ServiceKind): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of [kind, "nobody"]) {
    const fields = lines.map((line) => line.split(":")).find((parts) => parts[0] === name);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error("There is no unprivileged user that a server could run as.");
}

/** Settings of a caller's own servers (PGPORT, PGDATA, …) are not for these. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" };
}

function writeOwned(path: string, text: string, user: User | undefined): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}

function readLog(folder: string): string {
  return readFileSync(join(folder, "log"), "utf8").split("\n").slice(-12).join("\n");
}
