/** Ten thousand connections: all waiting for an answer at once, and all doing nothing. */

import { readFileSync } from "node:fs";
import type { BenchRun, Scenario } from "../bench-run.ts";
import { findShot } from "../preflight.ts";
import { json, waitOneSecond } from "../requests.ts";
import { formatNumber } from "../statistics.ts";

const crowd = 10_000;
const mebibyte = 2 ** 20;

/** As many as this system lets one process open, some room left. */
function readCrowd(run: BenchRun): number {
  const limit = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? NaN);
  if (!(limit < crowd + 500)) return run.settings.quick ? 1_000 : crowd;
  run.remark({ place: "crowds", message: `only ${limit} files may be open here`, isFailure: false });
  return limit - 500;
}

export const waits: Scenario = {
  name: "waits",
  async measure(run) {
    const connections = readCrowd(run);
    const rows: string[][] = [];
    const data: Record<string, unknown> = {};
    for (const peer of run.peersWith("waits")) {
      if (!run.hasTime("waits")) break;
      run.say(`waits: ${peer.title}`);
      await run.withServer(peer, async (server) => {
        const { port, pid } = server;
        const shots = [await findShot(server, waitOneSecond)];
        const outcome = await run.load.run({ kind: "burst", port, pid, shots, connections, timeoutMs: 20_000 });
        run.noteFaults(`${peer.title}, ${connections} × /wait/1`, outcome);
        data[peer.id] = outcome;
        const { answered, firstMs, lastMs, serverCpuMs, peakBytes } = outcome;
        rows.push([
          peer.title,
          `${formatNumber(answered)} of ${formatNumber(connections)}`,
          formatNumber(firstMs / 1000, 2),
          formatNumber(lastMs / 1000, 2),
          formatNumber((lastMs - firstMs) / 1000, 2),
          lastMs - firstMs <= 3_000 && answered === connections ? "yes" : "no",
          formatNumber((serverCpuMs * 1000) / Math.max(1, answered), 0),
          formatNumber(peakBytes / mebibyte),
        ]);
      });
    }
    return [
      {
        title: `${formatNumber(connections)} concurrent /wait/1`,
        note: "All connections are open, then all ask at once. Seconds from then on; one burst for each server.",
        columns: ["", "answered", "first", "last", "apart", "within 3 s", "CPU µs each", "peak MB"],
        rows,
        data,
      },
    ];
  },
};

export const idleMemory: Scenario = {
  name: "idle",
  async measure(run) {
    const connections = readCrowd(run);
    const rows: string[][] = [];
    const data: Record<string, unknown> = {};
    for (const peer of run.peersWith("load")) {
      if (!run.hasTime("idle")) break;
      run.say(`idle: ${peer.title}`);
      await run.withServer(peer, async (server) => {
        const { port, pid } = server;
        const outcome = await run.load.run({
          kind: "idle",
          port,
          pid,
          shots: [await findShot(server, json)],
          connections,
        });
        run.noteFaults(`${peer.title}, idle connections`, outcome);
        data[peer.id] = outcome;
        const inKib = (bytes: number): string => formatNumber(bytes / 1024, 1);
        rows.push([
          peer.title,
          formatNumber(outcome.open),
          inKib(outcome.bytesBefore),
          inKib(outcome.bytesPerConnection),
        ]);
      });
    }
    return [
      {
        title: "Memory of an idle connection",
        note: `Resident memory that ${formatNumber(connections)} connections add, before they have asked anything and after one GET /json each, without a forced garbage collection; the kernel's share is not in it.`,
        columns: ["", "open", "KiB before the first request", "KiB after one"],
        rows,
        data,
      },
    ];
  },
};
