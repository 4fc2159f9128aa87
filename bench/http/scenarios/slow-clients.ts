/** Clients that send or take a byte now and then: what they cost the honest ones, what they cost in memory, and when they are cut. */

import type { BenchRun, Scenario, Table } from "../bench-run.ts";
import type { SlowJob, SlowOutcome } from "../load-job.ts";
import type { Peer } from "../peers.ts";
import { findShot } from "../preflight.ts";
import { readStalledLimit } from "../process-accounts.ts";
import { encodeGet, encodeTrickle, json } from "../requests.ts";
import { describeSpread, formatNumber } from "../statistics.ts";

interface Attack extends Pick<SlowJob, "opening" | "drip" | "readsSlowly"> {
  readonly name: string;
  readonly title: string;
  readonly note: string;
}

/** More than any of them sends. */
const filler = " ".repeat(1_000);
/** A head whose last field never ends. */
const endlessHead = encodeGet("/json").replace(/\r\n\r\n$/, `\r\nx-slow:${filler}`);

const attacks: readonly Attack[] = [
  {
    name: "heads",
    title: "slow heads",
    note: "each sends the head of a GET, a byte a second",
    opening: endlessHead.slice(0, 1),
    drip: endlessHead.slice(1),
    readsSlowly: false,
  },
  {
    name: "bodies",
    title: "slow bodies",
    note: "each sends the head of a POST /items at once, and its body a byte a second",
    opening: encodeTrickle("/items", filler.length),
    drip: filler,
    readsSlowly: false,
  },
  {
    name: "readers",
    title: "slow readers",
    note: "each asks for a stream of 100 MiB and takes 16 bytes of it a second, after the server has filled the kernel's buffers, up to 4 MiB for each",
    opening: encodeGet("/stream"),
    drip: "",
    readsSlowly: true,
  },
];

const honest = { connections: 16, rate: 1_000 };

/** Few enough that filling the kernel's buffers for them, some ten milliseconds of CPU time each, does not take all the time. */
const mostReaders = 200;

/** How many, and how long; each attack on each server ends within twenty seconds. */
function chooseSize(
  { settings }: BenchRun,
  { readsSlowly }: Attack,
): Pick<SlowJob, "connections" | "openingMs" | "aloneMs" | "comingMs" | "stayingMs"> {
  const most = readsSlowly ? Math.min(mostReaders, readStalledLimit()) : 1_000;
  return settings.quick
    ? { connections: Math.floor(most / 4), openingMs: 1_000, aloneMs: 1_000, comingMs: 1_500, stayingMs: 1_500 }
    : { connections: most, openingMs: readsSlowly ? 4_000 : 1_000, aloneMs: 3_000, comingMs: 5_000, stayingMs: 9_000 };
}

export const slowClients: Scenario = {
  name: "slow-clients",
  runsWhenNamed: true,
  async measure(run) {
    const tables: Table[] = [];
    for (const attack of attacks) {
      const outcomes = new Map<Peer, SlowOutcome>();
      for (const peer of run.peersWith("slow-clients")) {
        if (!run.hasTime(`slow ${attack.name}`)) break;
        run.say(`slow ${attack.name}: ${peer.title}`);
        const outcome = await measureAttack(run, peer, attack);
        if (outcome !== undefined) outcomes.set(peer, outcome);
      }
      tables.push(buildTable(run, attack, outcomes));
    }
    return tables;
  },
};

function measureAttack(run: BenchRun, peer: Peer, attack: Attack): Promise<SlowOutcome | undefined> {
  return run.withServer(peer, async (server) => {
    const { port, pid } = server;
    const { opening, drip, readsSlowly, name } = attack;
    const shots = [await findShot(server, json)];
    const outcome = await run.load.run({
      kind: "slow",
      port,
      pid,
      shots,
      opening,
      drip,
      readsSlowly,
      honest,
      ...chooseSize(run, attack),
    });
    const { alone, coming, staying } = outcome;
    run.noteFaults(`${peer.title}, before the slow ${name}`, alone);
    // What an attack does to the honest is a result of this scenario, not a fault of the measurement.
    if (countFailed(outcome) > 0) {
      const message = `${countFailed(outcome)} honest requests failed: ${coming.sample ?? staying.sample ?? ""}`;
      run.remark({ place: `${peer.title}, slow ${name}`, message, isFailure: false });
    }
    return outcome;
  });
}

function countFailed({ coming, staying }: SlowOutcome): number {
  return coming.wrong + coming.lost + staying.wrong + staying.lost;
}

function buildTable(run: BenchRun, attack: Attack, outcomes: ReadonlyMap<Peer, SlowOutcome>): Table {
  const { connections, openingMs, aloneMs, comingMs, stayingMs } = chooseSize(run, attack);
  const { title, note } = attack;
  const seconds = (milliseconds: number): string =>
    formatNumber(milliseconds / 1_000, milliseconds % 1_000 === 0 ? 0 : 1);
  const rate = `${formatNumber(honest.rate)} requests/s for GET /json on ${honest.connections} connections`;
  return {
    title: `${formatNumber(connections)} ${title}`,
    note:
      `They come within ${seconds(openingMs)} s; ${note}. Honest clients make ${rate}: ${seconds(aloneMs)} s alone, ${seconds(comingMs)} s from when the others begin to come, ${seconds(stayingMs)} s while they stay; latency in ms. ` +
      "Memory is what the server's resident memory grew by at most, honest garbage included.",
    columns: [
      "",
      "p50 alone",
      "coming",
      "staying",
      "p99 alone",
      "coming",
      "staying",
      "× alone",
      "honest failed",
      "KiB per slow one",
      "cut",
      "after s",
      "with",
    ],
    rows: [...outcomes].map(([peer, outcome]) => [peer.title, ...buildCells(outcome, comingMs + stayingMs)]),
    data: Object.fromEntries([...outcomes].map(([{ id }, outcome]) => [id, outcome])),
  };
}

function buildCells(outcome: SlowOutcome, attackMs: number): readonly string[] {
  const { alone, coming, staying, opened, held, cutAfter, statuses, bytesPerConnection } = outcome;
  const cut = opened - held;
  const { min, max } = describeSpread(cutAfter.map((milliseconds) => milliseconds / 1_000));
  // A reader that reads hardly anything does not see its end: the kernel still has bytes for it.
  const after =
    cut === 0
      ? `> ${formatNumber(attackMs / 1_000)}`
      : cutAfter.length === 0
        ? "–"
        : `${formatNumber(min, 1)}–${formatNumber(max, 1)}`;
  return [
    ...[alone, coming, staying].map(({ p50 }) => formatNumber(p50, 2)),
    ...[alone, coming, staying].map(({ p99 }) => formatNumber(p99, 2)),
    formatNumber(staying.p99 / alone.p99, 2),
    formatNumber(countFailed(outcome)),
    formatNumber(bytesPerConnection / 1_024, 1),
    `${formatNumber(cut)} of ${formatNumber(opened)}`,
    after,
    Object.keys(statuses).join(", ") || "–",
  ];
}
