/** Starts a server on a core of its own, waits until it listens, and ends it. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Peer } from "./peers.ts";

const startTimeoutMs = 20_000;
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface ServerProcess extends AsyncDisposable {
  readonly peer: Peer;
  readonly pid: number;
  readonly port: number;
}

export interface StartOptions {
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it and waits for "ready". @throws Error with what it wrote. */
export async function startServer(peer: Peer, { core, env = {} }: StartOptions): Promise<ServerProcess> {
  const port = await findFreePort();
  // taskset becomes the server, so the process's id is the server's own.
  const child = spawn("taskset", ["-c", String(core), ...peer.command], {
    env: { ...process.env, NODE_ENV: "production", ...peer.env, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  try {
    await waitUntilReady(child, peer);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { peer, pid: child.pid ?? -1, port, [Symbol.asyncDispose]: () => endProcess(child) };
}

function waitUntilReady(child: ChildProcess, peer: Peer): Promise<void> {
  let output = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`${peer.id} was not ready in time`)), startTimeoutMs);
  const note = (chunk: Buffer): void => {
    output += chunk.toString();
    if (/^ready$/m.test(output)) resolve();
  };
  child.stdout?.on("data", note);
  child.stderr?.on("data", note);
  child.once("error", reject);
  child.once("exit", () => reject(new Error(`${peer.id} ended: ${output.trim().slice(-500)}`)));
  return promise.finally(() => clearTimeout(timer));
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
