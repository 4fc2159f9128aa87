/** The three requests that everything is compared by: CPU time, throughput, and latency at a fixed rate. */

import type { BenchRun, Scenario, Table } from "../bench-run.ts";
import type { Peer } from "../peers.ts";
import { checkServer } from "../preflight.ts";
import { mainExchanges, type Exchange } from "../requests.ts";
import { Series } from "../series.ts";
import type { ServerProcess } from "../server-process.ts";
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
    const all = new Map(mainExchanges.map((exchange) => [exchange.name, new Series(run.settings.rounds)]));
    for (const peer of run.peersWith("load")) {
      await run.withServer(peer, async (server) => {
        await checkServer(server).catch((error: Error) => run.exclude(peer, error.message, true));
      });
    }
    for (let round = 0; round < run.settings.rounds; round++) {
      for (const peer of run.peersWith("load")) {
        if (!run.hasTime(`round ${round + 1} of the main requests`)) break;
        run.say(`main, round ${round + 1}: ${peer.title}`);
        await run.withServer(peer, async (server) => {
          for (const [index, exchange] of mainExchanges.entries()) {
            // The first request of a new process also warms up what all of them share.
            const values = await measureExchange(run, server, { exchange, warmUps: index === 0 ? 2 : 1 });
            if (values !== undefined) all.get(exchange.name)?.note(peer, round, values);
          }
        });
      }
    }
    return mainExchanges.map(({ name }) => buildTable(run, name, all.get(name) ?? new Series(0)));
  },
};

async function measureExchange(
  run: BenchRun,
  server: ServerProcess,
  { exchange, warmUps }: { readonly exchange: Exchange; readonly warmUps: number },
): Promise<Readonly<Record<string, number>> | undefined> {
  const { quick, rate } = run.settings;
  const closed = await run.measureClosed(server, {
    exchanges: [exchange],
    warmUpMs: warmUps * (quick ? 250 : 600),
    measureMs: quick ? 300 : 1_200,
  });
  if (closed === undefined) return undefined;
  const { cpuUs, perSecond, loadShare, shots } = closed;
  if (quick || perSecond < rate * headroom) return { cpuUs, perSecond, loadShare };
  const { port, pid } = server;
  const open = await run.load.run({
    kind: "open",
    port,
    pid,
    shots,
    connections: 64,
    rate,
    warmUpMs: 150,
    measureMs: 800,
  });
  run.noteFaults(`${server.peer.title}, ${exchange.name} at a fixed rate`, open);
  return { cpuUs, perSecond, loadShare, p50: open.p50, p99: open.p99 };
}

function buildTable(run: BenchRun, name: string, series: Series): Table {
  const { quick, rounds, rate } = run.settings;
  const fastify = series.of("fastify", "cpuUs");
  const floor = series.of("node-net", "cpuUs");
  const row = (peer: Peer): readonly string[] => {
    const cpu = series.of(peer.id, "cpuUs") ?? [];
    const latencies = ["p50", "p99"].map((point) => formatSpread(series.of(peer.id, point) ?? [], 2));
    return [
      peer.title,
      formatSpread(cpu),
      formatRatio(cpu, fastify),
      formatRatio(cpu, floor),
      formatSpread(series.of(peer.id, "perSecond") ?? [], 0),
      ...(quick ? [] : latencies),
    ];
  };
  return {
    title: titles[name] ?? name,
    note: `64 connections; median (min–max) of ${rounds} alternating rounds.${quick ? "" : ` Latency in ms at ${formatNumber(rate)} requests/s.`}`,
    columns: [
      "",
      "CPU µs per request",
      "× Fastify",
      "× bare node:net",
      "requests/s",
      ...(quick ? [] : ["p50 ms", "p99 ms"]),
    ],
    rows: run.peersWith("load").map(row),
    data: series,
  };
}
