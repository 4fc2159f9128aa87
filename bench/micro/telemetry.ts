/** What telemetry costs: processor time of a request without it, with figures, and with spans that nobody exports. */

import { App, dependency, type AppOptions } from "apus";
import { telemetry } from "apus/telemetry";
import { requestChannel } from "../../src/http/trace-channels.ts";

const rounds = 11;
const perRound = 4_000;

const variants: Readonly<Record<string, AppOptions>> = {
  off: {},
  "figures only": { use: [telemetry({ openTelemetry: false })] },
  "API without an SDK": { use: [telemetry()] },
};

async function measure(options: AppOptions): Promise<number> {
  const app = new App({ docs: false, log: false, ...options });
  const caller = dependency(() => "somebody");
  app.get("/users/{id:int}", { use: { caller } }, ({ path }) => ({ id: path.id }));
  await app.start();
  const ask = async (): Promise<string> => (await app.fetch(new Request("http://localhost/users/42"))).text();
  for (let index = 0; index < 500; index += 1) await ask();
  const started = process.cpuUsage();
  for (let index = 0; index < perRound; index += 1) await ask();
  const { user, system } = process.cpuUsage(started);
  await app.stop();
  return (user + system) / perRound;
}

const found = new Map(Object.keys(variants).map((name) => [name, [] as number[]]));
// Side by side, so that what slows the machine down hits all.
for (let round = 0; round < rounds; round += 1) {
  for (const [name, options] of Object.entries(variants)) found.get(name)?.push(await measure(options));
}
for (const [name, costs] of found) {
  costs.sort((one, other) => one - other);
  const [least = 0] = costs;
  console.log(`${name.padEnd(20)} ${costs[rounds >> 1]?.toFixed(1)} µs a request (least ${least.toFixed(1)})`);
}

const looks = 50_000_000;
let heard = 0;
const started = performance.now();
for (let index = 0; index < looks; index += 1) if (requestChannel.hasSubscribers) heard += 1;
console.log(
  `${"hasSubscribers".padEnd(20)} ${(((performance.now() - started) * 1e6) / looks).toFixed(2)} ns (${heard})`,
);
