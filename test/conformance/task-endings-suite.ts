/** Conformance of task queues, part three: processes that stop or are lost, flows, and what tests need. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chain, chord, group, task } from "apus/tasks";
import { z } from "zod";
import { Gate, Killable, shortLease, startQueue, until, type StoreUnderTest } from "./task-store-under-test.ts";

/** Runs the suite on a store. */
export function testEndings(store: StoreUnderTest): void {
  describe(`tasks in ${store.name}: stops, losses, flows`, { concurrency: 4 }, () => {
    testStops(store);
    testLosses(store);
    testFlows(store);
    testDraining(store);
  });
}

function testStops(store: StoreUnderTest): void {
  test("the stop waits for what runs", async (context) => {
    const driver = store.create(context);
    const gate = new Gate();
    const wait = task("wait", {}, async () => {
      await gate.pass();
      return "finished";
    });
    const queue = await startQueue(context, { driver, tasks: [wait], concurrency: 1 });
    const other = await startQueue(context, { driver, tasks: [wait], run: false });
    const [first, second] = await other.enqueueAll(wait, [undefined, undefined]);
    await until(() => gate.waiting === 1);
    const stopped = queue.stop({ timeout: "1m" });
    gate.open();
    await stopped;
    assert.equal(await first?.result(), "finished");
    assert.equal(await second?.state(), "queued");
  });

  test("what does not end in time is handed back, and that is no failure", async (context) => {
    const driver = store.create(context);
    const begun: number[] = [];
    let mayFinish = false;
    const wait = task("wait", { retries: 0 }, async ({ attempt, signal }) => {
      begun.push(attempt);
      if (!mayFinish) await sleep(60_000, undefined, { signal });
      return attempt;
    });
    const queue = await startQueue(context, { driver, tasks: [wait] });
    const handle = await queue.enqueue(wait);
    await until(() => begun.length === 1);
    await queue.stop({ timeout: 5 });
    mayFinish = true;
    const next = await startQueue(context, { driver, tasks: [wait] });
    const found = await next.find(handle.id);
    assert.equal(await found?.result(), 1);
    assert.deepEqual(begun, [1, 1]);
    assert.deepEqual((await found?.record())?.errors, []);
  });

  test("a queue that was stopped can be started again", async (context) => {
    const ping = task("ping", {}, () => "pong");
    const queue = await startQueue(context, { driver: store.create(context), tasks: [ping] });
    await queue.stop();
    await assert.rejects(ping.enqueue(), /APUS_TASK_QUEUE/);
    await queue.start();
    assert.equal(await (await ping.enqueue()).result(), "pong");
  });
}

function testLosses(store: StoreUnderTest): void {
  test("what a lost process ran is run again by another one, and cannot be completed by the first", async (context) => {
    const driver = store.create(context);
    const lost = new Killable(driver);
    const gate = new Gate();
    const first = task("work", {}, () => gate.pass());
    const second = task("work", {}, ({ attempt }) => `attempt ${attempt}`);
    const dying = await startQueue(context, { driver: lost, tasks: [first], lease: shortLease });
    const handle = await dying.enqueue(first);
    await until(() => gate.waiting === 1);
    await lost.kill();
    const living = await startQueue(context, { driver, tasks: [second], lease: shortLease });
    const found = await living.find(handle.id);
    assert.equal(await found?.result(), "attempt 2");
    const record = await found?.record();
    assert.deepEqual(
      record?.errors.map(({ name, lost: wasLost }) => [name, wasLost]),
      [["WorkerLost", true]],
    );
    gate.open();
  });

  test("a run that has lost its lease cannot settle anything", async (context) => {
    const driver = store.create(context);
    const listener = { changed: () => {}, lost: () => {}, cancelling: () => {}, failed: () => {} };
    const wait = task("wait", {}, () => "again");
    const sender = await startQueue(context, { driver, tasks: [wait], run: false });
    const handle = await sender.enqueue(wait);
    const demand = { name: "wait", free: 1, perKey: undefined, rate: undefined, holdFor: 1 };
    const slow = await driver.connect(listener, { lease: 50 });
    const { claims } = await slow.claim({ demands: [demand], queues: undefined, count: 1 });
    const [claim] = claims;
    assert.ok(claim !== undefined);
    await sleep(120);
    assert.equal(await sender.drain(), 1);
    assert.equal(await slow.settle(claim, { kind: "done", result: `"too late"` }), false);
    assert.equal(await slow.settle(claim, { kind: "released" }), false);
    assert.equal(await handle.result(), "again");
    await slow.close();
  });

  test("a lease is renewed for as long as a run takes", async (context) => {
    const driver = store.create(context);
    const lease = 2 * shortLease;
    let runs = 0;
    const long = task("long", {}, async () => {
      runs += 1;
      await sleep(lease * 1.5);
      return "done";
    });
    const queue = await startQueue(context, { driver, tasks: [long], lease });
    await startQueue(context, { driver, tasks: [long], lease });
    assert.equal(await (await queue.enqueue(long)).result(), "done");
    assert.equal(runs, 1);
  });

  test("retries: 0 means one run, whatever happens to it", async (context) => {
    const driver = store.create(context);
    const lost = new Killable(driver);
    const gate = new Gate();
    const once = task("once", { retries: 0 }, () => gate.pass());
    const dying = await startQueue(context, { driver: lost, tasks: [once], lease: shortLease });
    const { id } = await dying.enqueue(once);
    await until(() => gate.waiting === 1);
    await lost.kill();
    const living = await startQueue(context, { driver, tasks: [once], lease: shortLease });
    await until(async () => (await (await living.find(id))?.state()) === "dead");
    gate.open();
  });
}

function testFlows(store: StoreUnderTest): void {
  const double = () => task("double", { input: z.int() }, ({ input }) => input * 2);
  const fails = () =>
    task("fails", { input: z.int(), retries: 0 }, ({ input }) => {
      if (input > 0) throw new Error("broken");
      return input;
    });

  test("a chain hands results on", async (context) => {
    const twice = double();
    const add = task(
      "add",
      { input: z.object({ to: z.int(), value: z.int() }) },
      ({ input }) => input.to + input.value,
    );
    await startQueue(context, { driver: store.create(context), tasks: [twice, add] });
    const handle = await chain(twice.step(5), twice.step(), add.step({ to: 100 }, { as: "value" })).enqueue();
    assert.equal(await handle.result(), 120);
  });

  test("a chord is given all results in order", async (context) => {
    const wait = task("wait", { input: z.int() }, async ({ input }) => {
      await sleep(input);
      return input;
    });
    const list = task("list", { input: z.array(z.int()) }, ({ input }) => input.join());
    await startQueue(context, { driver: store.create(context), tasks: [wait, list] });
    const handle = await chord([wait.step(20), wait.step(1), chain(wait.step(3), wait.step())], list.step()).enqueue();
    assert.equal(await handle.result(), "20,1,3");
    assert.equal(await (await chord([wait.step(2)], list.step()).enqueue()).result(), "2");
    const handles = await group(wait.step(1), wait.step(2)).enqueue();
    assert.deepEqual(await Promise.all(handles.map((each) => each.result())), [1, 2]);
  });

  test("what comes after a failure is cancelled, and goes on when that is replayed", async (context) => {
    const driver = store.create(context);
    const [broken, mended] = [fails(), task("fails", { input: z.int() }, ({ input }) => input)];
    const twice = double();
    const queue = await startQueue(context, { driver, tasks: [broken, twice] });
    const handle = await chain(broken.step(4), twice.step(), twice.step()).enqueue();
    await assert.rejects(handle.result(), /is cancelled/);
    await queue.stop();
    const again = await startQueue(context, { driver, tasks: [mended, twice] });
    assert.equal(await again.replay(), 1);
    assert.equal(await (await again.find(handle.id))?.result(), 16);
  });

  test("a flow that does not fit is refused as a whole", async (context) => {
    const twice = double();
    const stranger = task("stranger", { input: z.int() }, () => {});
    const queue = await startQueue(context, { driver: store.create(context), tasks: [twice], run: false });
    await assert.rejects(chain(twice.step(1), stranger.step()).enqueue(), /APUS_TASK_QUEUE/);
    await assert.rejects(group(twice.step(1), twice.step("x" as never)).enqueue(), /APUS_TASK_INPUT/);
    assert.deepEqual((await queue.list()).tasks, []);
  });
}

function testDraining(store: StoreUnderTest): void {
  test("drain() runs what is due and what that makes due", async (context) => {
    const seen: number[] = [];
    const down = task("down", { input: z.int() }, async ({ input }) => {
      seen.push(input);
      if (input > 0) await down.enqueue(input - 1);
    });
    const queue = await startQueue(context, { driver: store.create(context), tasks: [down], run: false });
    await down.enqueue(2);
    await down.enqueue(9, { delay: "1h" });
    assert.equal(await queue.drain(), 3);
    assert.deepEqual(seen, [2, 1, 0]);
    assert.equal(await queue.drain(), 0);
  });

  test("an eager queue has run it when enqueue() returns", async (context) => {
    const seen: number[] = [];
    const down = task("down", { input: z.int() }, async ({ input }) => {
      if (input > 0) await down.enqueue(input - 1);
      seen.push(input);
    });
    await startQueue(context, { driver: store.create(context), tasks: [down], run: false, eager: true });
    const handle = await down.enqueue(2);
    assert.equal(await handle.state(), "done");
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      [0, 1, 2],
    );
  });
}
