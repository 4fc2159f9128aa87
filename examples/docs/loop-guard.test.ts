/** docs/loop-guard.md, run. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { HeldSite, RunningServer } from "apus";
import { app, lines } from "./loop-guard.ts";

let server: RunningServer;
before(async () => {
  server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
});
after(() => server.stop());

const ask = async (path: string): Promise<string> => (await fetch(server.url + path)).text();

/** Asks for more and more rows: one long turn may fall on a moment in which the machine is busy. */
async function holdLoop(): Promise<string> {
  for (let rows = 1e8; ; rows *= 1.5) {
    await ask(`/report/${Math.round(rows)}`);
    await sleep(500);
    const line = lines.find(({ message }) => message.includes(" in renderReport "));
    if (line !== undefined) return line.message;
  }
}

test("the function that held the loop is named, counted and told in /health", { timeout: 50_000 }, async () => {
  const expected =
    /^GET \/report\/\{rows:int\} held the event loop for \d+ ms in renderReport \(examples\/docs\/loop-guard\.ts:\d+\): move it into offload\(\)$/;
  assert.match(await holdLoop(), expected);
  const { heldSites } = JSON.parse(await ask("/health")) as { heldSites: readonly HeldSite[] };
  assert.ok(heldSites.some(({ name, total }) => name === "renderReport" && total > 100));
  assert.match(await ask("/metrics"), /renderReport/);
});

test("a synchronous call is told with the one to use instead", async () => {
  assert.match(await ask("/terms"), /A swift/);
  const line = lines.find(({ message }) => message.startsWith("GET /terms calls readFileSync() at "));
  assert.match(line?.message ?? "", /: await readFile\(\) of node:fs\/promises$/);
});
