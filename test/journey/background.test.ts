/** Background tasks and time limits of routes: after the last byte, before the clean-up, not after errors, drained by the stop. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency, fail } from "apus";
import { testClient } from "apus/testing";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge } from "./edges.ts";

let told: string[] = [];
let records: LogRecord[] = [];

async function waitFor(count: number): Promise<void> {
  for (let turn = 0; turn < 400 && told.length < count; turn += 1) await sleep(5);
}

function buildShop(): App {
  told = [];
  records = [];
  const app = new App({ log: createLogger((record) => records.push(record), "info") });
  const session = dependency(async function* ({ background }) {
    background(() => told.push("of the dependency"));
    yield 1;
    told.push("session ends");
  });
  app.post("/orders", { use: { session } }, ({ background }) => {
    background(async () => {
      await sleep(5);
      told.push("mailed");
    });
    background(() => {
      throw new Error("no mail server");
    });
    told.push("handled");
    return { ok: true };
  });
  app.post("/refused", ({ background }) => {
    background(() => told.push("never"));
    fail(409);
  });
  app.get("/slow", { timeout: 20 }, async ({ signal }) => {
    await sleep(60_000, undefined, { signal }).finally(() => told.push("stopped"));
  });
  return app;
}

onEveryEdge(
  "tasks run in order after the answer and before the clean-up; one that fails is logged",
  buildShop,
  async (client) => {
    const answer = await client.fetch("/orders", { method: "POST" });
    assert.deepEqual(await answer.json(), { ok: true });
    await waitFor(4);
    assert.deepEqual(told, ["handled", "of the dependency", "mailed", "session ends"]);
    const failed = records.find(({ message }) => message === "A background task failed");
    assert.ok(failed !== undefined);
    assert.equal((failed.fields["error"] as Error).message, "no mail server");
    assert.equal(failed.fields["requestId"], answer.headers.get("x-request-id"));
  },
);

onEveryEdge("an error takes its tasks with it", buildShop, async (client) => {
  assert.equal((await client.fetch("/refused", { method: "POST" })).status, 409);
  await sleep(20);
  assert.deepEqual(told, []);
});

onEveryEdge("a route's time limit answers 503 and fires the signal", buildShop, async (client) => {
  assert.equal((await client.fetch("/slow")).status, 503);
  await waitFor(1);
  assert.deepEqual(told, ["stopped"]);
});

test("the stop waits for tasks under way", async () => {
  const app = buildShop();
  const client = await testClient(app, { socket: true });
  await client.fetch("/orders", { method: "POST" });
  await client.close();
  assert.deepEqual(told, ["handled", "of the dependency", "mailed", "session ends"]);
});

test("a time limit that is none is refused at startup", async () => {
  const app = new App({ log: false });
  app.get("/", { timeout: -1 }, () => 1);
  await assert.rejects(app.start(), { code: "APUS_BAD_OPTION", message: /timeout/ });
});
