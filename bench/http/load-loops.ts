/** The two ways to load a server: closed (as fast as it answers) and open (at a fixed rate). */

import { setTimeout as sleep } from "node:timers/promises";
import { buildTargets, type LoadConnection } from "./load-connection.ts";
import type { ClosedJob, ClosedOutcome, OpenJob, OpenOutcome } from "./load-job.ts";
import { LoadPool } from "./load-pool.ts";
import { readCoreBusyMs, readCpuMs, readRunMs } from "./process-accounts.ts";
import { describeLatencies } from "./statistics.ts";

/** Gives the requests in turn. */
export function createTurn<T>(targets: readonly T[]): () => T {
  let next = 0;
  return () => {
    const target = targets[next];
    next = next + 1 < targets.length ? next + 1 : 0;
    if (target === undefined) throw new Error("a load without requests");
    return target;
  };
}

/** Counters at one moment. */
interface Snapshot {
  readonly requests: number;
  readonly time: number;
  readonly serverRunMs: number;
  readonly serverCpuMs: number;
  readonly coreBusyMs: number;
  readonly ownCpuMs: number;
}

/** What the coarse figure may be too large by, in milliseconds. */
const tickMs = 10;

export async function runClosed(job: ClosedJob): Promise<ClosedOutcome> {
  const nextTarget = createTurn(buildTargets(job.shots));
  let requests = 0;
  let isRunning = true;
  const pool = new LoadPool(job.port, job.connections, {
    answered: () => {
      requests++;
    },
    settled: (connection) => {
      if (isRunning) connection.ask(nextTarget());
    },
  });
  const takeSnapshot = (): Snapshot => {
    const own = process.cpuUsage();
    return {
      requests,
      time: performance.now(),
      serverRunMs: readRunMs(job.pid),
      serverCpuMs: readCpuMs(job.pid),
      coreBusyMs: readCoreBusyMs(job.core),
      ownCpuMs: (own.user + own.system) / 1000,
    };
  };
  try {
    await pool.open();
    for (const connection of pool.connections) connection.ask(nextTarget());
    await sleep(job.warmUpMs);
    const before = takeSnapshot();
    await sleep(job.measureMs);
    const after = takeSnapshot();
    const elapsed = after.time - before.time;
    // Threads that ended in between are only in the coarser figure.
    const coarse = after.serverCpuMs - before.serverCpuMs;
    const serverCpuMs = Math.max(after.serverRunMs - before.serverRunMs, coarse - tickMs);
    return {
      requests: after.requests - before.requests,
      seconds: elapsed / 1000,
      serverCpuMs,
      foreignShare: Math.max(0, (after.coreBusyMs - before.coreBusyMs - serverCpuMs) / elapsed),
      loadShare: (after.ownCpuMs - before.ownCpuMs) / elapsed,
      ...pool.faults,
    };
  } finally {
    isRunning = false;
    pool.end();
  }
}

/** Nothing is slept away: a timer's millisecond would show in the latencies. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** How long requests that are due may take longer than the measurement, in milliseconds. */
const patience = 2_000;

/** Requests leave at fixed times; those that are due while no connection is free wait, and the wait counts. */
export async function runOpen(job: OpenJob): Promise<OpenOutcome> {
  const nextTarget = createTurn(buildTargets(job.shots));
  const free: LoadConnection[] = [];
  const latencies: number[] = [];
  let measureFrom = Infinity;
  const pool = new LoadPool(job.port, job.connections, {
    answered: (connection) => {
      if (connection.startedAt >= measureFrom) latencies.push(performance.now() - connection.startedAt);
    },
    settled: (connection) => void free.push(connection),
  });
  try {
    await pool.open();
    free.push(...pool.connections);
    const begin = performance.now();
    const duration = job.warmUpMs + job.measureMs;
    const total = Math.floor((duration * job.rate) / 1000);
    measureFrom = begin + job.warmUpMs;
    let sent = 0;
    for (let now = begin; now < begin + duration + patience; now = performance.now()) {
      for (; sent < total && begin + (sent * 1000) / job.rate <= now; sent++) {
        // The one that was idle longest, so that none is closed for being idle while the load goes on.
        const connection = free.shift();
        if (connection === undefined) break;
        connection.startedAt = begin + (sent * 1000) / job.rate;
        connection.ask(nextTarget());
      }
      if (sent === total && free.length >= job.connections) break;
      await nextTurn();
    }
    const { wrong, lost, sample } = pool.faults;
    const late = total - sent + Math.max(0, job.connections - free.length);
    return {
      requests: latencies.length,
      ...describeLatencies(latencies),
      wrong,
      lost: lost + late,
      sample: sample ?? (late > 0 ? "too late" : undefined),
    };
  } finally {
    pool.end();
  }
}
