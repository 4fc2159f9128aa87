/** Conformance of task queues, part two: which tasks run next, how many at a time, and which are the same. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { task } from "apus/tasks";
import { z } from "zod";
import { Gate, startQueue, until, type StoreUnderTest } from "./task-store-under-test.ts";

/** Runs the suite on a store. */
export function testLimits(store: StoreUnderTest): void {
  describe(`tasks in ${store.name}: order, limits, unique ones`, { concurrency: 4 }, () => {
    testOrder(store);
    testSlots(store);
    testUnique(store);
  });
}

function testOrder(store: StoreUnderTest): void {
  test("higher priorities first, then who is due first", async (context) => {
    const order: string[] = [];
    const note = task("note", { input: z.string() }, ({ input }) => void order.push(input));
    const late = task("late", { priority: -1 }, () => void order.push("late"));
    const tasks = [note, late];
    const queue = await startQueue(context, { driver: store.create(context), tasks, run: false, concurrency: 1 });
    await late.enqueue();
    await note.enqueue("b", { at: Date.now() - 1_000 });
    await note.enqueue("a", { at: Date.now() - 2_000 });
    await note.enqueue("urgent", { priority: 9 });
    await note.enqueue("c");
    assert.equal(await queue.drain(), 5);
    assert.deepEqual(order, ["urgent", "a", "b", "c", "late"]);
  });

  test("ten thousand at once, each run once", async (context) => {
    const seen = new Map<number, number>();
    const count = task("count", { input: z.int() }, ({ input }) => void seen.set(input, (seen.get(input) ?? 0) + 1));
    const queue = await startQueue(context, { driver: store.create(context), tasks: [count], concurrency: 500 });
    const handles = await count.enqueueAll(Array.from({ length: 10_000 }, (_, index) => index));
    assert.equal(new Set(handles.map(({ id }) => id)).size, 10_000);
    await until(async () => (await queue.stats())[0]?.done === 10_000);
    assert.equal(seen.size, 10_000);
    assert.ok([...seen.values()].every((runs) => runs === 1));
  });

  test("what was not begun in time never is", async (context) => {
    const offer = task("offer", { expires: 20 }, () => "bought");
    const queue = await startQueue(context, { driver: store.create(context), tasks: [offer], run: false });
    const handle = await offer.enqueue();
    await sleep(40);
    assert.equal(await queue.drain(), 0);
    assert.equal(await handle.state(), "expired");
    await assert.rejects(handle.result(), /is expired/);
    assert.equal(await queue.retry(handle.id), true);
    assert.equal(await queue.drain(), 1);
    assert.equal(await handle.result(), "bought");
  });

  test("two queues share one store: every task runs once, in one of them", async (context) => {
    const driver = store.create(context);
    const seen: number[] = [];
    const note = task("note", { input: z.int() }, async ({ input }) => {
      await sleep(1);
      seen.push(input);
    });
    const first = await startQueue(context, { driver, tasks: [note], concurrency: 3 });
    const second = await startQueue(context, { driver, tasks: [note], concurrency: 3 });
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? first : second).enqueue(note, index)),
    );
    await until(() => seen.length >= 100);
    await until(async () => (await first.stats())[0]?.done === 100);
    assert.equal(new Set(seen).size, 100);
  });
}

function testSlots(store: StoreUnderTest): void {
  test("a process takes no more than it has slots for", async (context) => {
    const gate = new Gate();
    const wait = task("wait", {}, () => gate.pass());
    const queue = await startQueue(context, { driver: store.create(context), tasks: [wait], concurrency: 3 });
    await wait.enqueueAll(Array.from({ length: 20 }));
    await until(() => gate.waiting === 3);
    const [figures] = await queue.stats();
    assert.deepEqual([figures?.running, figures?.queued], [3, 17]);
    gate.open();
    await until(async () => (await queue.stats())[0]?.done === 20);
    assert.equal(gate.most, 3);
  });

  test("a task's own limit in a process leaves the slots to others", async (context) => {
    const gate = new Gate();
    const narrow = task("narrow", { concurrency: 1 }, () => gate.pass());
    const wide = task("wide", {}, () => "done");
    const queue = await startQueue(context, { driver: store.create(context), tasks: [narrow, wide], concurrency: 5 });
    await narrow.enqueueAll(Array.from({ length: 5 }));
    assert.equal(await (await wide.enqueue()).result(), "done");
    await until(() => gate.waiting === 1);
    gate.open();
    await until(async () => (await queue.stats())[0]?.done === 6);
    assert.equal(gate.most, 1);
  });

  test("of one key so many run at a time, in all processes together", async (context) => {
    const driver = store.create(context);
    const running = new Map<string, number>();
    let most = 0;
    const Sync = z.object({ user: z.string() });
    const sync = task("sync", { input: Sync, key: (input) => input.user, perKey: 2 }, async ({ input: { user } }) => {
      running.set(user, (running.get(user) ?? 0) + 1);
      most = Math.max(most, running.get(user) ?? 0);
      await sleep(3);
      running.set(user, (running.get(user) ?? 0) - 1);
    });
    const first = await startQueue(context, { driver, tasks: [sync], concurrency: 10 });
    await startQueue(context, { driver, tasks: [sync], concurrency: 10 });
    await first.enqueueAll(
      sync,
      Array.from({ length: 40 }, (_, index) => ({ user: index % 4 === 0 ? "bob" : "ada" })),
    );
    await until(async () => (await first.stats())[0]?.done === 40);
    assert.equal(most, 2);
  });

  test("a rate holds for all processes together, in any window", async (context) => {
    const driver = store.create(context);
    const starts: number[] = [];
    const per = 120;
    const call = task("call", { rate: { limit: 4, per } }, () => {});
    const first = await startQueue(context, { driver, tasks: [call] });
    await startQueue(context, { driver, tasks: [call] });
    const handles = await first.enqueueAll(call, Array.from({ length: 14 }));
    await until(async () => (await first.stats())[0]?.done === 14);
    for (const handle of handles) starts.push((await handle.record()).startedAt ?? 0);
    starts.sort((a, b) => a - b);
    for (let index = 4; index < starts.length; index += 1) {
      assert.ok((starts[index] ?? 0) - (starts[index - 4] ?? 0) >= per, String(starts));
    }
  });

  test("a process may run only some queues", async (context) => {
    const driver = store.create(context);
    const quick = task("quick", { queue: "quick" }, () => "quick");
    const slow = task("slow", { queue: "slow" }, () => "slow");
    const queue = await startQueue(context, { driver, tasks: [quick, slow], queues: ["quick"] });
    const left = await slow.enqueue();
    assert.equal(await (await quick.enqueue()).result(), "quick");
    assert.equal(await queue.drain(), 0);
    assert.equal(await left.state(), "queued");
  });
}

function testUnique(store: StoreUnderTest): void {
  const mirror = () => task("mirror", { input: z.int() }, ({ input }) => input);

  test("unique: there is one until it has ended", async (context) => {
    const copy = mirror();
    const queue = await startQueue(context, { driver: store.create(context), tasks: [copy], run: false });
    const first = await copy.enqueue(1, { unique: "a" });
    const same = await copy.enqueue(2, { unique: "a" });
    const other = await copy.enqueue(3, { unique: "b" });
    assert.deepEqual([first.created, same.created, other.created], [true, false, true]);
    assert.equal(same.id, first.id);
    assert.equal(await queue.drain(), 2);
    assert.equal(await same.result(), 1);
    assert.equal((await copy.enqueue(4, { unique: "a" })).created, true);
  });

  test("unique with a window: also after it has ended", async (context) => {
    const copy = mirror();
    const queue = await startQueue(context, { driver: store.create(context), tasks: [copy], run: false });
    const rule = { key: "a", window: "1h" } as const;
    const first = await copy.enqueue(1, { unique: rule });
    await queue.drain();
    assert.equal((await copy.enqueue(2, { unique: rule })).id, first.id);
    assert.equal((await copy.enqueue(2, { unique: { key: "a", window: 0 } })).created, true);
  });

  test("replace: what is queued gets the new input and time; what runs is let be", async (context) => {
    const gate = new Gate();
    const seen: number[] = [];
    const index = task("index", { input: z.int() }, async ({ input }) => {
      seen.push(input);
      if (input === 1) await gate.pass();
    });
    const queue = await startQueue(context, { driver: store.create(context), tasks: [index] });
    const rule = { key: "doc", when: "replace" } as const;
    await index.enqueue(1, { unique: rule });
    await until(() => gate.waiting === 1);
    const next = await index.enqueue(2, { unique: rule, delay: "1h" });
    const replaced = await index.enqueue(3, { unique: rule });
    assert.deepEqual([next.created, replaced.created, replaced.id], [true, false, next.id]);
    await next.result();
    gate.open();
    await until(async () => (await queue.stats())[0]?.done === 2);
    assert.deepEqual(seen, [1, 3]);
  });

  test("debounce: runs once it has been quiet, with the last input", async (context) => {
    const copy = mirror();
    const queue = await startQueue(context, { driver: store.create(context), tasks: [copy], run: false });
    const rule = { key: "a", when: "debounce", window: 100 } as const;
    const first = await copy.enqueue(1, { unique: rule });
    const { dueAt } = await first.record();
    await sleep(5);
    const last = await copy.enqueue(2, { unique: rule });
    assert.equal(last.id, first.id);
    assert.ok((await last.record()).dueAt > dueAt);
    await until(async () => (await queue.drain()) === 1);
    assert.equal(await first.result(), 2);
    assert.ok(((await last.record()).startedAt ?? 0) >= dueAt);
  });

  test("in one batch as well", async (context) => {
    const copy = mirror();
    await startQueue(context, { driver: store.create(context), tasks: [copy], run: false });
    const handles = await copy.enqueueAll([1, 2, 3], { unique: "a" });
    assert.deepEqual(
      handles.map(({ created }) => created),
      [true, false, false],
    );
    assert.equal(new Set(handles.map(({ id }) => id)).size, 1);
  });
}
