/** What the loop guard costs where nothing holds the loop: processor time of a request with and without it, and of an idle second. */

import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../../src/log/logger.ts";
import { guardRequests, startLoopGuard } from "../../src/guard/loop-guard.ts";
import type { HttpRequest } from "../../src/http/http-request.ts";
import type { RequestHandler } from "../../src/http/request-handler.ts";
import { App } from "../../src/index.ts";

const rounds = 21;
const perRound = 8_000;
const idleTime = 4_000;
/** Of production and of development; 0 for no guard. */
const thresholds = [0, 200, 50];

const app = new App({ docs: false, log: false });
app.get("/users/{id:int}", ({ path }) => ({ id: path.id, name: "one" }));
await app.start();

const logger = createLogger(() => {}, "silent");
const start = (threshold: number): (() => void) =>
  startLoopGuard({ settings: { threshold, syncCalls: false }, logger, declaredAt: () => undefined });

/** The whole journey, at the platform's edge. */
const journey = async (): Promise<void> => {
  await (await app.fetch(new Request("http://localhost/users/42"))).text();
};
/** Nothing but the guard's own part in a request. */
const answer = { status: 200, headers: [], body: null };
const bare: RequestHandler = { handle: () => answer };
const guarded = guardRequests(bare);
const request = {} as HttpRequest;

function microsecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return user + system;
}

async function measureJourney(threshold: number): Promise<number> {
  const stop = threshold === 0 ? undefined : start(threshold);
  const handler = threshold === 0 ? bare : guarded;
  // The start of the thread is not what is measured.
  await sleep(300);
  const started = process.cpuUsage();
  for (let index = 0; index < perRound; index += 1) {
    void handler.handle(request);
    await journey();
    // As in a server, the loop turns.
    if (index % 50 === 0) await new Promise(setImmediate);
  }
  const cost = microsecondsSince(started) / perRound;
  stop?.();
  return cost;
}

function measureTouch(handler: RequestHandler): number {
  const count = 5_000_000;
  const started = performance.now();
  for (let index = 0; index < count; index += 1) void handler.handle(request);
  return ((performance.now() - started) * 1e6) / count;
}

async function measureIdle(wait: number): Promise<number> {
  await sleep(wait);
  const started = process.cpuUsage();
  await sleep(idleTime);
  return microsecondsSince(started) / 1_000 / (idleTime / 1_000);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

for (const threshold of thresholds) await measureJourney(threshold);
const costs = new Map<number, number[]>(thresholds.map((threshold) => [threshold, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const threshold of thresholds) costs.get(threshold)?.push(await measureJourney(threshold));
}
const without = median(costs.get(0) ?? []);
console.log(`journey       ${without.toFixed(2)} µs without`);
for (const threshold of thresholds.slice(1)) {
  const cost = median(costs.get(threshold) ?? []);
  console.log(`              ${cost.toFixed(2)} µs at ${threshold} ms: ${(cost / without).toFixed(3)}`);
}

const idle = await measureIdle(500);
const stop = start(200);
measureTouch(guarded);
const own = Array.from({ length: 5 }, () => measureTouch(guarded) - measureTouch(bare));
console.log(`each request  ${median(own).toFixed(1)} ns`);
const busy = await measureIdle(500);
const resting = await measureIdle(12_000);
stop();
console.log(
  `idle second   ${idle.toFixed(1)} ms without, ${busy.toFixed(1)} ms watching, ${resting.toFixed(1)} ms resting`,
);
