/** The three requests that everything is compared by: CPU time, throughput, and latency at a fixed rate. */

import type { BenchRun, ClosedRound, Scenario, Table } from "../bench-run.ts";
import type { Peer } from "../peers.ts";
import { checkServer } from "../preflight.ts";
import { mainExchanges } from "../requests.ts";
import { Series } from "../series.ts";
import type { ServerProcess } from "../server-process.ts";
import { measureSlices, type SliceSeries } from "../slices.ts";
import { formatNumber, formatRatio, formatSpread } from "../statistics.ts";

const titles: Readonly<Record<string, string>> = {
  json: "GET /json",
  users: "GET /users/{id:int}?page=2&tags=a&tags=b, path and query validated",
  items: "POST /items, eight fields validated both ways",
};

/** A rate is below capacity when the server could do a quarter more. */
const headroom = 1.25;

export const mainRequests: Scenario = {
  name: "main",
  async measure(run) {
    for (const peer of run.peersWith("load")) {
      await run.withServer(peer, async (server) => {
        await checkServer(server).catch((error: Error) => run.exclude(peer, error.message, true));
      });
    }
    return run.withServers(run.peersWith("load"), async (servers) => {
      const tables: Table[] = [];
      for (const exchange of mainExchanges) {
        const { quick } = run.settings;
        const { name } = exchange;
        const loads = [{ title: name, exchanges: [exchange], sliceMs: quick ? 150 : 300 }];
        const warmUpMs = quick ? 400 : 1_000;
        const [measured] = await measureSlices(run, servers, { what: `main, ${name}`, loads, warmUpMs });
        const { series, last } = measured as SliceSeries;
        const latencies = quick ? new Series(0) : await measureLatencies(run, last, exchange.name);
        tables.push(buildTable(run, exchange.name, { series, latencies }));
      }
      return tables;
    });
  },
};

/** The time until an answer at a fixed rate, of the servers that could do more. */
async function measureLatencies(
  run: BenchRun,
  last: ReadonlyMap<ServerProcess, ClosedRound>,
  name: string,
): Promise<Series> {
  const { rate, rounds } = run.settings;
  const series = new Series(rounds);
  for (let round = 0; round < rounds; round++) {
    for (const [server, { perSecond, shots }] of last) {
      if (perSecond < rate * headroom || !run.hasTime(`latencies of ${name}`)) continue;
      const { port, pid, peer } = server;
      const job = { kind: "open", port, pid, shots, connections: 64, rate, warmUpMs: 150, measureMs: 500 } as const;
      const open = await run.load.run(job);
      run.noteFaults(`${peer.title}, ${name} at a fixed rate`, open);
      series.note(peer, round, { p50: open.p50, p99: open.p99 });
    }
  }
  return series;
}

function buildTable(
  run: BenchRun,
  name: string,
  { series, latencies }: { readonly series: Series; readonly latencies: Series },
): Table {
  const { quick, rate } = run.settings;
  const fastify = series.of("fastify", "cpuUs");
  const floor = series.of("node-net", "cpuUs");
  const row = (peer: Peer): readonly string[] => {
    const cpu = series.of(peer.id, "cpuUs") ?? [];
    const points = ["p50", "p99"].map((point) => formatSpread(latencies.of(peer.id, point) ?? [], 2));
    return [
      peer.title,
      formatSpread(cpu),
      formatRatio(cpu, fastify),
      formatRatio(cpu, floor),
      formatSpread(series.of(peer.id, "perSecond") ?? [], 0),
      ...(quick ? [] : points),
    ];
  };
  return {
    title: titles[name] ?? name,
    note: `64 connections; median (min–max) of ${series.rounds} slices, in turn with the other servers.${quick ? "" : ` Latency in ms at ${formatNumber(rate)} requests/s.`}`,
    columns: [
      "",
      "CPU µs per request",
      "× Fastify",
      "× bare node:net",
      "requests/s",
      ...(quick ? [] : ["p50 ms", "p99 ms"]),
    ],
    rows: run.peersWith("load").map(row),
    data: { series, latencies },
  };
}
