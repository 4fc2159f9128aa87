/**
 * Measures Apus beside its peers: `npm run bench -- http [--quick] [--only=main,lists] [--servers=apus-net,fastify]
 * [--rounds=3] [--rate=2000] [--publish]`.
 */

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { BenchRun, type Scenario } from "./bench-run.ts";
import { installPeers } from "./install-peers.ts";
import { listPeers, type Peer } from "./peers.ts";
import { publishReport, writeReport, type Measured } from "./report.ts";
import { connections, dependencies, lists, routes } from "./scenarios/closed-variants.ts";
import { coldStart } from "./scenarios/cold-start.ts";
import { idleMemory, waits } from "./scenarios/crowds.ts";
import { mainRequests } from "./scenarios/main-requests.ts";
import { files } from "./scenarios/files.ts";
import { events, sockets } from "./scenarios/held-connections.ts";
import { overload } from "./scenarios/overload.ts";
import { slowClients } from "./scenarios/slow-clients.ts";
import { sql } from "./scenarios/sql.ts";
import { transfers } from "./scenarios/transfers.ts";

/** The most telling first: what the time does not suffice for is left out. */
const scenarios: readonly Scenario[] = [
  mainRequests,
  waits,
  lists,
  routes,
  dependencies,
  coldStart,
  idleMemory,
  connections,
  sockets,
  events,
  transfers,
  files,
  slowClients,
  overload,
  sql,
];

/** Nothing new begins after it, so that the whole run ends within ten minutes. */
const budgetMs = 9.5 * 60_000;

const { values: words } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    servers: { type: "string" },
    rounds: { type: "string", default: "3" },
    rate: { type: "string", default: "2000" },
    publish: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

/** The named ones, in the order of the list; all when none is named. @throws Error for a name that nothing has. */
function choose<T>(all: readonly T[], names: string | undefined, nameOf: (one: T) => string): readonly T[] {
  if (names === undefined) return all;
  const wanted = names.split(",");
  const unknown = wanted.filter((name) => !all.some((one) => nameOf(one) === name));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: choose from ${all.map(nameOf).join(", ")}`);
  return all.filter((one) => wanted.includes(nameOf(one)));
}

function assertMachine(): void {
  const hasTaskset = spawnSync("taskset", ["--version"]).status === 0;
  if (process.platform === "linux" && hasTaskset && cpus().length >= 2) return;
  throw new Error(
    "This benchmark needs Linux with taskset (util-linux) and two cores: one for the server, one for the load.",
  );
}

async function measureAll(run: BenchRun, chosen: readonly Scenario[]): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const { name, measure } of chosen) measured.push({ scenario: name, tables: await measure(run) });
  return measured;
}

function excludeMissing(run: BenchRun, peers: readonly Peer[]): void {
  for (const peer of peers) if (peer.missing !== undefined) run.exclude(peer, `skipped: ${peer.missing}`);
}

assertMachine();
installPeers();
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
const rounds = Number(words.rounds);
const rate = Number(words.rate);
if (!(rounds >= 1 && rate >= 1)) throw new Error("--rounds and --rate are numbers from 1 on");
const peers = choose(listPeers(), words.servers, ({ id }) => id);
const named = words.only ?? (words.quick ? "main" : undefined);
const chosen = choose(scenarios, named, ({ name }) => name).filter(
  ({ runsWhenNamed }) => named !== undefined || runsWhenNamed !== true,
);
const run = new BenchRun({ quick: words.quick, rounds, rate, budgetMs }, peers);
try {
  excludeMissing(run, peers);
  const { json, markdown } = writeReport(run, await measureAll(run, chosen));
  console.log(words.json ? json : markdown);
  const hasFaults = run.remarks.some(({ isFailure }) => isFailure);
  if (words.publish && !hasFaults) publishReport(markdown);
  if (hasFaults) {
    console.error("There were faults; see above.");
    process.exitCode = 1;
  }
} finally {
  run.load.end();
}
