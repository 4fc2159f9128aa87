/** Twice as many requests as a server can answer: how many it answers, how late, and what it tells the others. */

import { serverCore, type BenchRun, type Scenario, type Table } from "../bench-run.ts";
import type { OverloadOutcome } from "../load-job.ts";
import { peerVersion, type Peer } from "../peers.ts";
import { findShot } from "../preflight.ts";
import { work } from "../requests.ts";
import { calibrateWork } from "../servers/work-loop.ts";
import type { ServerProcess } from "../server-process.ts";
import { formatNumber } from "../statistics.ts";

const overloadFactor = 2;
/** Who waits longer than this has gone. */
const promptMs = 1_000;
/** Above it, the server did not have its core for itself, and what it could do is not what was measured before. */
const tolerableShare = 0.05;
/** Above it, the load noticed arrivals too late to be believed. */
const tolerableDelay = 5;

/** A server as it is configured for this. */
interface Contender {
  readonly peer: Peer;
  readonly id: string;
  readonly title: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Node takes one new connection in each turn of its loop, so it matters whether there are new ones. */
const kinds = [
  { kind: "kept", title: "on open connections", note: "all of which are open before", opensFirst: true },
  { kind: "fresh", title: "on new connections", note: "opened when none is idle", opensFirst: false },
] as const;
type Kind = (typeof kinds)[number];

interface Result {
  readonly kind: Kind["kind"];
  readonly contender: Contender;
  /** Requests per second that it answers when nothing is refused. */
  readonly capacity: number;
  readonly outcome: OverloadOutcome;
}

function listContenders(peers: readonly Peer[]): readonly Contender[] {
  return peers.flatMap((peer) => {
    const bare = { peer, id: peer.id, title: peer.title, env: {} };
    if (peer.id !== "fastify") return [bare];
    const title = `${peer.title} + under-pressure ${peerVersion("@fastify/under-pressure")}`;
    return [bare, { peer, id: "fastify-under-pressure", title, env: { UNDER_PRESSURE: "yes" } }];
  });
}

function chooseSize({ settings }: BenchRun): {
  readonly offerMs: number;
  readonly drainMs: number;
  readonly connections: number;
} {
  return settings.quick
    ? { offerMs: 4_000, drainMs: 6_000, connections: 1_000 }
    : { offerMs: 10_000, drainMs: 15_000, connections: 2_000 };
}

export const overload: Scenario = {
  name: "overload",
  runsWhenNamed: true,
  async measure(run) {
    const shared = { WORK_ROUNDS: String(calibrateWork()) };
    const capacities = new Map<Peer, number>();
    const results: Result[] = [];
    for (const contender of listContenders(run.peersWith("work"))) {
      if (!run.hasTime("overload")) break;
      run.say(`overload: ${contender.title}`);
      const { peer, env } = contender;
      const capacity = capacities.get(peer) ?? (await measureCapacity(run, peer, shared));
      if (capacity === undefined) continue;
      capacities.set(peer, capacity);
      for (const { kind, opensFirst } of kinds) {
        const use = (server: ServerProcess): Promise<OverloadOutcome> =>
          measureOverload(run, server, { capacity, opensFirst });
        const outcome = await run.withServer(peer, use, { ...shared, ...env });
        if (outcome === undefined) continue;
        noteOddities(run, contender, outcome);
        run.foreignShares.push(outcome.foreignShare);
        results.push({ kind, contender, capacity, outcome });
      }
    }
    return kinds.map((kind) =>
      buildTable(
        run,
        kind,
        results.filter((result) => result.kind === kind.kind),
      ),
    );
  },
};

/** On a server that refuses nothing, as 64 requests at once may already be too many for one that does. */
async function measureCapacity(
  run: BenchRun,
  peer: Peer,
  shared: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const { quick } = run.settings;
  const times = quick ? { warmUpMs: 500, measureMs: 1_500 } : { warmUpMs: 1_000, measureMs: 4_000 };
  const use = (server: ServerProcess): ReturnType<BenchRun["measureClosed"]> =>
    run.measureClosed(server, { exchanges: [work], connections: 64, ...times });
  const closed = await run.withServer(peer, use, { ...shared, SHED: "no" });
  return closed?.perSecond;
}

async function measureOverload(
  run: BenchRun,
  server: ServerProcess,
  { capacity, opensFirst }: { readonly capacity: number; readonly opensFirst: boolean },
): Promise<OverloadOutcome> {
  const { port, pid } = server;
  const shots = [await findShot(server, work)];
  const target = { port, pid, shots };
  // Half of what it can do warms it up without putting it under pressure.
  const warmUp = { connections: 64, rate: capacity / 2, warmUpMs: 0, measureMs: 1_000 };
  await run.load.run({ kind: "open", ...target, ...warmUp });
  const rate = capacity * overloadFactor;
  const size = chooseSize(run);
  const opened = opensFirst ? size.connections : 0;
  return run.load.run({ kind: "overload", ...target, core: serverCore, rate, opened, promptMs, ...size });
}

function noteOddities(run: BenchRun, { title }: Contender, outcome: OverloadOutcome): void {
  const { wrong, sample, arrivalDelay, foreignShare } = outcome;
  const place = `${title}, overload`;
  if (wrong > 0) run.noteFaults(place, { wrong, lost: 0, sample });
  if (foreignShare > tolerableShare) {
    const message = `others used ${formatNumber(foreignShare * 100)} % of the server's core`;
    run.remark({ place, message, isFailure: false });
  }
  if (arrivalDelay.p99 > tolerableDelay) {
    const message = `the load noticed arrivals ${formatNumber(arrivalDelay.p99, 1)} ms too late (p99)`;
    run.remark({ place, message, isFailure: false });
  }
}

function buildTable(run: BenchRun, kind: Kind, results: readonly Result[]): Table {
  const { offerMs, drainMs, connections } = chooseSize(run);
  const seconds = (milliseconds: number): string => formatNumber(milliseconds / 1_000);
  const percent = (part: number, whole: number): string => `${formatNumber((part / whole) * 100)} %`;
  return {
    title: `Twice the capacity, ${kind.title}`,
    note:
      `GET /work burns about 2 ms. The capacity is measured with 64 connections that always ask; then twice as much arrives for ${seconds(offerMs)} s, on up to ${formatNumber(connections)} connections, ${kind.note}, and answers count up to ${seconds(drainMs)} s later. ` +
      "Goodput: answers of 200 until the last arrival, by capacity; prompt: those of them within a second of their arrival. Latency in ms, from the arrival.",
    columns: [
      "",
      "capacity/s",
      "offered",
      "200",
      "503",
      "Retry-After",
      "lost",
      "unanswered",
      "goodput",
      "prompt",
      "p50 of 200",
      "p99 of 200",
      "p99 of 503",
    ],
    rows: results.map(({ contender, capacity, outcome }) => {
      const possible = (capacity * offerMs) / 1_000;
      const counts = [outcome.offered, outcome.accepted, outcome.refused];
      return [
        contender.title,
        formatNumber(capacity),
        ...counts.map((count) => formatNumber(count)),
        outcome.refused === 0 ? "–" : percent(outcome.withRetryAfter, outcome.refused),
        formatNumber(outcome.lost + outcome.wrong),
        formatNumber(outcome.unanswered),
        percent(outcome.acceptedInOffer, possible),
        percent(outcome.promptInOffer, possible),
        formatNumber(outcome.acceptedLatency.p50),
        formatNumber(outcome.acceptedLatency.p99),
        formatNumber(outcome.refusedLatency.p99),
      ];
    }),
    data: Object.fromEntries(results.map(({ contender, ...values }) => [contender.id, values])),
  };
}
