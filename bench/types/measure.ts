/** Measures what declared routes, their client and its calls cost the type checker, at 10, 100 and 500 routes; `--json` for data. */

import { checkTypes, type CheckCost } from "./check-types.ts";
import { generateApi, stages, type Stage } from "./generate-api.ts";

const sizes: readonly number[] = [10, 100, 500];

type Costs = Readonly<Record<Stage, CheckCost>>;

interface Measured {
  readonly routes: number;
  readonly costs: Costs;
}

async function measure(routes: number): Promise<Measured> {
  const costs: [Stage, CheckCost][] = [];
  for (const stage of stages) costs.push([stage, await checkTypes(generateApi({ routes, stage }))]);
  return { routes, costs: Object.fromEntries(costs) as Costs };
}

/** Instantiations, the columns of the table: totals, then what the framework adds to one route. */
function describeCounts({ routes, costs }: Measured): object {
  const between = (from: Stage, to: Stage): number => costs[to].instantiations - costs[from].instantiations;
  const perRoute = (count: number): number => Math.round(count / routes);
  return {
    routes,
    schemas: costs.schemas.instantiations,
    floor: costs.senders.instantiations,
    full: costs.calls.instantiations,
    "above the floor, per route": perRoute(between("senders", "calls")),
    declaration: perRoute(between("handlers", "routes")),
    client: perRoute(between("routes", "client")),
    call: perRoute(between("client", "calls") - between("handlers", "senders")),
    "call repeated": perRoute(between("calls", "repeated")),
    "types above the floor, per route": perRoute(costs.calls.types - costs.senders.types),
  };
}

/** Time and memory of this machine: read the ratios. */
function describeTimes({ routes, costs }: Measured): object {
  return {
    routes,
    "check floor, s": costs.senders.checkSeconds,
    "check full, s": costs.calls.checkSeconds,
    "memory floor, MB": costs.senders.memoryMb,
    "memory full, MB": costs.calls.memoryMb,
  };
}

/** One line per column of the table, as there are more columns than a terminal is wide. */
function print(title: string, rows: readonly object[]): void {
  console.log(`\n${title}`);
  for (const name of Object.keys(rows[0] ?? {})) {
    const cells = rows.map((row) => String(Reflect.get(row, name)).padStart(10));
    console.log(`  ${name.padEnd(34)}${cells.join("")}`);
  }
}

const measured: Measured[] = [];
for (const routes of sizes) measured.push(await measure(routes));
if (process.argv.includes("--json")) {
  console.log(JSON.stringify(measured, undefined, 2));
} else {
  print(
    "instantiations (the floor: the same schemas, handlers and calls without the framework)",
    measured.map(describeCounts),
  );
  print("time and memory of the check, one thread", measured.map(describeTimes));
}
