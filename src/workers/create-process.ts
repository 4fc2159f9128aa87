/** A process for offloaded functions: what crashes in it, crashes alone. */

import { spawn, type ChildProcess } from "node:child_process";
import { buildFirstLine } from "./inside-worker.ts";
import { workerEntry } from "./worker-entry.ts";
import type { WorkerLoss } from "./worker-lost-error.ts";
import type { FromWorker } from "./worker-messages.ts";
import type { WorkerEvents, WorkerKind, WorkerPort } from "./worker-port.ts";

/** Those that would outlive this process if they are in the middle of something. */
const living = new Set<ChildProcess>();
const killAll = (): void => {
  for (const child of living) child.kill("SIGKILL");
};

export function createProcess({ memoryMb }: WorkerKind, events: WorkerEvents): WorkerPort {
  const limits = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  const words = [...ownFlags(), ...limits, "--eval", buildFirstLine("process", workerEntry)];
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    windowsHide: true,
  });
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let isEnded = false;
  let isOver = false;
  const leave = (exitCode: number | null, signal: string | null, cause?: Error): void => {
    if (isOver) return;
    isOver = true;
    forget(child);
    resolve();
    if (!isEnded) events.onLost(describeLoss(exitCode, signal, cause));
  };
  remember(child);
  child.on("message", (message) => events.onMessage(message as FromWorker));
  child.on("exit", (exitCode, signal) => leave(exitCode, signal));
  child.on("error", (error) => {
    if (child.pid === undefined) leave(null, null, error);
  });
  return {
    // A channel that has just closed is told by "exit".
    post: (message) => void child.send(message, () => {}),
    giveUp: () => {},
    hold: (isHeld) => {
      if (isHeld) child.ref();
      else child.unref();
      if (isHeld) child.channel?.ref();
      else child.channel?.unref();
    },
    end: () => {
      isEnded = true;
      child.kill("SIGKILL");
      return gone;
    },
  };
}

/** Flags of this process that concern how modules are loaded; those of a script, a test run or a debugger are not passed on. */
function ownFlags(): readonly string[] {
  const flags: string[] = [];
  let skips = false;
  for (const word of process.execArgv) {
    const isOwn =
      /^(?:-[epi]|-pe|--eval|--print|--interactive|--input-type|--inspect.*|--test.*|--watch.*|--max-old-space-size)(?:=|$)/.test(
        word,
      );
    if (!isOwn && !skips) flags.push(word);
    skips = isOwn && !word.includes("=") && /^(?:-e|-p|-pe|--eval|--print)$/.test(word);
  }
  return flags;
}

function remember(child: ChildProcess): void {
  if (living.size === 0) process.on("exit", killAll);
  living.add(child);
}

function forget(child: ChildProcess): void {
  if (living.delete(child) && living.size === 0) process.off("exit", killAll);
}

function describeLoss(exitCode: number | null, signal: string | null, cause: Error | undefined): WorkerLoss {
  if (cause !== undefined) return { reason: "crash", what: "could not be started", cause };
  if (signal !== null) return { reason: "crash", what: `was ended by ${signal}` };
  return { reason: "exit", what: `ended with the exit code ${exitCode}`, exitCode: exitCode ?? undefined };
}
