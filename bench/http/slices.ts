/** Measures servers side by side: all are up at once, and each has the core for a slice in turn, so that a slow second of the machine hits all of them. */

import type { BenchRun, ClosedMeasure, ClosedRound } from "./bench-run.ts";
import { Series } from "./series.ts";
import type { ServerProcess } from "./server-process.ts";

/** Slices that each server gets for a round of the run. */
const slicesPerRound = 5;

export interface Slices extends Pick<ClosedMeasure, "exchanges" | "connections"> {
  readonly what: string;
  /** Milliseconds before the first slice of a server; there is a short one before each of the others. */
  readonly warmUpMs: number;
  readonly sliceMs: number;
}

/** CPU time and throughput of every slice. */
export interface SliceSeries {
  readonly series: Series;
  /** What was asked last, for each server that answered. */
  readonly last: ReadonlyMap<ServerProcess, ClosedRound>;
}

/** Milliseconds in which a server's caches are its own again. */
const settleMs = 60;

export async function measureSlices(
  run: BenchRun,
  servers: readonly ServerProcess[],
  { what, exchanges, connections, warmUpMs, sliceMs }: Slices,
): Promise<SliceSeries> {
  const count = run.settings.rounds * slicesPerRound;
  const series = new Series(count);
  const last = new Map<ServerProcess, ClosedRound>();
  const asked = { exchanges, ...(connections !== undefined && { connections }) };
  run.say(`${what}: ${servers.length} servers, ${count} slices each`);
  for (const server of servers) await run.measureClosed(server, { ...asked, warmUpMs, measureMs: 50 });
  for (let slice = 0; slice < count; slice++) {
    if (!run.hasTime(`slices of ${what} from ${slice + 1} on`)) break;
    for (let turn = 0; turn < servers.length; turn++) {
      // Each slice begins with another server, so that none is always behind the same neighbour.
      const server = servers[(slice + turn) % servers.length] as ServerProcess;
      const closed = await run.measureClosed(server, { ...asked, warmUpMs: settleMs, measureMs: sliceMs });
      if (closed === undefined) continue;
      series.note(server.peer, slice, { cpuUs: closed.cpuUs, perSecond: closed.perSecond });
      last.set(server, closed);
    }
  }
  return { series, last };
}
