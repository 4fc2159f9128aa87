/** Twenty jobs of 200 ms beside a cheap endpoint: on the loop they hold it, in workers they do not. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { App, type RunningServer } from "apus";
import { configureOffload, offload } from "apus/workers";
import { holdThread, spin } from "./apps/offload-jobs.ts";

const jobs = 20;
const milliseconds = 200;

after(() => offload.close());

async function serve(): Promise<RunningServer> {
  const app = new App({ log: false, docs: false });
  app.get("/cheap", () => "cheap");
  app.get("/naive", () => holdThread(milliseconds));
  app.get("/offloaded", () => spin(milliseconds));
  return app.listen({ port: 0, signals: false, idleGrace: 0 });
}

async function ask(url: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(url);
  await answer.text();
  assert.equal(answer.status, 200);
  return performance.now() - start;
}

/** Milliseconds that 99 of 100 cheap requests take at most, asked one after the other while the jobs run. */
async function measureCheap({ url }: RunningServer, path: string): Promise<number> {
  const times: number[] = [];
  const running = new Set(Array.from({ length: jobs }, () => ask(url + path)));
  for (const job of running) void job.finally(() => running.delete(job));
  const all = Promise.all(running);
  do times.push(await ask(`${url}/cheap`));
  while (running.size > 0);
  await all;
  return times.toSorted((one, other) => one - other)[Math.ceil(times.length * 0.99) - 1] ?? NaN;
}

test("the cheap endpoint is at least four times as fast beside offloaded jobs", async (t) => {
  configureOffload({ threads: 1 });
  await offload.warm();
  await using server = await serve();
  await ask(`${server.url}/cheap`);
  const offloaded = await measureCheap(server, "/offloaded");
  const naive = await measureCheap(server, "/naive");
  t.diagnostic(
    `p99 of /cheap: ${offloaded.toFixed(1)} ms beside offloaded jobs, ${naive.toFixed(1)} ms beside naive ones`,
  );
  assert.ok(offloaded * 4 <= naive, `${offloaded} ms offloaded, ${naive} ms naive`);
});
