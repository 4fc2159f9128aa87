/** Loads of many connections at once: a burst that waits, and a crowd that stays and does nothing. */

import { setTimeout as sleep } from "node:timers/promises";
import { buildTargets, type Target } from "./load-connection.ts";
import type { BurstJob, BurstOutcome, IdleJob, IdleOutcome } from "./load-job.ts";
import { createTurn } from "./load-loops.ts";
import { LoadPool } from "./load-pool.ts";
import { readCpuMs, readMemory } from "./process-accounts.ts";

export async function runBurst(job: BurstJob): Promise<BurstOutcome> {
  const nextTarget = createTurn(buildTargets(job.shots));
  const answeredAt: number[] = [];
  let settled = 0;
  const pool = new LoadPool(job.port, job.connections, {
    answered: () => void answeredAt.push(performance.now()),
    settled: () => {
      settled++;
    },
  });
  try {
    await pool.open();
    const cpuBefore = readCpuMs(job.pid);
    const begin = performance.now();
    for (const connection of pool.connections) connection.ask(nextTarget());
    while (settled < job.connections && performance.now() - begin < job.timeoutMs) await sleep(20);
    return {
      answered: answeredAt.length,
      firstMs: (answeredAt.at(0) ?? NaN) - begin,
      lastMs: (answeredAt.at(-1) ?? NaN) - begin,
      serverCpuMs: readCpuMs(job.pid) - cpuBefore,
      peakBytes: readMemory(job.pid).peak,
      ...pool.faults,
    };
  } finally {
    pool.end();
  }
}

export async function runIdle(job: IdleJob): Promise<IdleOutcome> {
  const nextTarget = createTurn(buildTargets(job.shots));
  // A few first, so that what the first request costs does not count.
  const first = createCrowd(job, 100);
  await first.pool.open();
  await first.askAll(nextTarget);
  first.pool.end();
  await sleep(300);
  const before = readMemory(job.pid).now;
  const perConnection = (): number => (readMemory(job.pid).now - before) / job.connections;
  const { pool, askAll } = createCrowd(job, job.connections);
  try {
    await pool.open();
    await sleep(500);
    const bytesBefore = perConnection();
    await askAll(nextTarget);
    await sleep(500);
    const open = pool.connections.filter((connection) => connection.isOpen).length;
    return { open, bytesBefore, bytesPerConnection: perConnection(), ...pool.faults };
  } finally {
    pool.end();
  }
}

interface Crowd {
  readonly pool: LoadPool;
  /** Asks once on each, a few at a time. */
  readonly askAll: (nextTarget: () => Target) => Promise<void>;
}

function createCrowd(job: IdleJob, size: number): Crowd {
  let settled = 0;
  const pool = new LoadPool(job.port, size, {
    answered: () => {},
    settled: () => {
      settled++;
    },
  });
  const askAll: Crowd["askAll"] = async (nextTarget) => {
    const deadline = performance.now() + 10_000;
    for (let index = 0; index < size; index += 100) {
      const group = pool.connections.slice(index, index + 100);
      for (const connection of group) connection.ask(nextTarget());
      while (settled < index + group.length && performance.now() < deadline) await sleep(1);
    }
  };
  return { pool, askAll };
}
