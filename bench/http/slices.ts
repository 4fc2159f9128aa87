/** Measures servers side by side: all are up at once, and each has the core for a slice in turn, so that a slow second of the machine hits all of them. */

import type { BenchRun, ClosedMeasure, ClosedRound } from "./bench-run.ts";
import { Series } from "./series.ts";
import type { ServerProcess } from "./server-process.ts";

/** Slices that each server gets for a round of the run. */
const slicesPerRound = 5;

/** One load that the servers are put under. */
export interface SlicedLoad extends Pick<ClosedMeasure, "exchanges" | "connections"> {
  readonly title: string;
  /** Milliseconds of a slice. */
  readonly sliceMs: number;
}

export interface Slices {
  readonly what: string;
  /** Each slice of a server has one of each, one behind the other. */
  readonly loads: readonly SlicedLoad[];
  /** Milliseconds before the first slice of a server; there is a short one before each of the others. */
  readonly warmUpMs: number;
}

/** CPU time and throughput of every slice under one load. */
export interface SliceSeries {
  readonly series: Series;
  /** What was asked last, for each server that answered. */
  readonly last: Map<ServerProcess, ClosedRound>;
}

/** Milliseconds in which a server's caches are its own again. */
const settleMs = 60;

/** Gives the series in the order of the loads. */
export async function measureSlices(
  run: BenchRun,
  servers: readonly ServerProcess[],
  { what, loads, warmUpMs }: Slices,
): Promise<readonly SliceSeries[]> {
  const count = run.settings.rounds * slicesPerRound;
  const measured = loads.map(() => ({ series: new Series(count), last: new Map<ServerProcess, ClosedRound>() }));
  run.say(`${what}: ${servers.length} servers, ${count} slices each`);
  for (const server of servers) {
    for (const load of loads) await run.measureClosed(server, { ...pick(load), warmUpMs, measureMs: 50 });
  }
  for (let slice = 0; slice < count; slice++) {
    if (!run.hasTime(`slices of ${what} from ${slice + 1} on`)) break;
    for (let turn = 0; turn < servers.length; turn++) {
      // Each slice begins with another server, so that none is always behind the same neighbour.
      const server = servers[(slice + turn) % servers.length] as ServerProcess;
      for (const [index, load] of loads.entries()) {
        const closed = await run.measureClosed(server, { ...pick(load), warmUpMs: settleMs, measureMs: load.sliceMs });
        if (closed === undefined) continue;
        measured[index]?.series.note(server.peer, slice, { cpuUs: closed.cpuUs, perSecond: closed.perSecond });
        measured[index]?.last.set(server, closed);
      }
    }
  }
  return measured;
}

function pick({ exchanges, connections }: SlicedLoad): Pick<ClosedMeasure, "exchanges" | "connections"> {
  return { exchanges, ...(connections !== undefined && { connections }) };
}
