/** docs/tasks.md, run. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openDatabase } from "apus/sql";
import { memoryTasks, task, taskQueue, testClock } from "apus/tasks";
import { testClient, type TestClient } from "apus/testing";
import { silentLogger } from "../../src/log/logger.ts";

const folder = mkdtempSync(join(tmpdir(), "apus-tasks-"));
process.env["APP_DATABASE"] = `sqlite:${join(folder, "app.db")}`;
const { app, countWords, createOrder, enqueueAll, mailed, queue, readTask } = await import("./tasks.ts");
const { count } = await import("./tasks-cpu.ts");
let client: TestClient<unknown>;

before(async () => {
  await using opened = await openDatabase({ url: process.env["APP_DATABASE"] ?? "" });
  await opened.execute("create table orders (id integer primary key, name text not null)");
  client = await testClient(app);
});

after(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

const json = { "content-type": "application/json" };

test("enqueued within the transaction of the handler, mailed by the task", async () => {
  assert.equal(createOrder.path, "/orders");
  const answer = await client.fetch("/orders", { method: "POST", headers: json, body: `{"name":"ada"}` });
  assert.equal(answer.status, 202);
  const { receipt } = (await answer.json()) as { receipt: string };
  await (await queue.find(receipt))?.result({ timeout: "30s" });
  assert.deepEqual(mailed, ["receipt for order 1"]);
  assert.equal(readTask.path, "/tasks/{id}");
  assert.deepEqual(await (await client.fetch(`/tasks/${receipt}`)).json(), { state: "done" });
});

test("the ways to enqueue, flows, and work for the processor", async () => {
  const ids = await enqueueAll();
  assert.equal(new Set(ids).size, 6);
  const first = await queue.find(ids[0] ?? "");
  assert.deepEqual(await first?.result({ timeout: "30s" }), { synced: true });
  assert.deepEqual(await first?.progress(), { user: "ada", attempt: 1 });
  assert.equal(await countWords(["a", "bcd"]), 4);
  assert.equal(await (await count.enqueue(100)).result({ timeout: "30s" }), 5_050);
  assert.match(new Date(queue.schedules()[0]?.nextAt ?? 0).toISOString(), /T0[12]:00:00/);
});

test("time stands still until it is moved", async () => {
  // #region clock
  const clock = testClock("2026-01-01T00:00:00Z");
  const remind = task("remind", {}, () => "reminded");
  await using own = taskQueue({ driver: memoryTasks({ clock }), tasks: [remind], run: false, log: silentLogger });
  await own.start();

  const handle = await remind.enqueue(undefined, { delay: "1d" });
  assert.equal(await own.drain(), 0);
  clock.advance("1d");
  assert.equal(await own.drain(), 1);
  assert.equal(await handle.result(), "reminded");
  // #endregion clock
});
