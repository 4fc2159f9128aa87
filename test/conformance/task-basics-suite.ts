/** Conformance of task queues, part one: enqueue, run, fail, retry, wait, cancel, find. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { task, TaskError } from "apus/tasks";
import { z } from "zod";
import { startQueue, until, type StoreUnderTest } from "./task-store-under-test.ts";

const Sum = z.object({ a: z.int(), b: z.int() });

/** Runs the suite on a store. */
export function testBasics(store: StoreUnderTest): void {
  describe(`tasks in ${store.name}: basics`, { concurrency: 4 }, () => {
    testRuns(store);
    testFailures(store);
    testCancelling(store);
    testLooking(store);
  });
}

function testRuns(store: StoreUnderTest): void {
  test("a task runs with its input, and its result is read", async (context) => {
    const output = z.object({ sum: z.int(), at: z.iso.datetime() });
    const add = task("add", { input: Sum, output }, ({ input }) => ({
      sum: input.a + input.b,
      at: new Date(0).toISOString(),
    }));
    await startQueue(context, { driver: store.create(context), tasks: [add] });
    const handle = await add.enqueue({ a: 1, b: 2 });
    assert.equal(handle.created, true);
    assert.deepEqual(await handle.result(), { sum: 3, at: "1970-01-01T00:00:00.000Z" });
    const record = await handle.record();
    assert.equal(record.state, "done");
    assert.equal(record.failures, 0);
    assert.deepEqual(record.input, { a: 1, b: 2 });
    assert.ok((record.startedAt ?? 0) >= record.enqueuedAt && (record.endedAt ?? 0) >= (record.startedAt ?? 0));
  });

  test("handlers get what the schema makes of JSON; without an input they get none", async (context) => {
    const since = task("since", { input: z.object({ day: z.coerce.date() }) }, ({ input }) =>
      input.day.getUTCFullYear(),
    );
    const plain = task("plain", {}, ({ input }) => String(input));
    await startQueue(context, { driver: store.create(context), tasks: [since, plain] });
    const handle = await since.enqueue({ day: new Date("2020-02-03") });
    assert.equal(await handle.result(), 2020);
    assert.equal(await (await plain.enqueue()).result(), "undefined");
  });

  test("what does not fit is refused where it is enqueued, and nothing is kept", async (context) => {
    const add = task("add", { input: Sum }, () => {});
    const queue = await startQueue(context, { driver: store.create(context), tasks: [add] });
    await assert.rejects(add.enqueue({ a: "1" as never, b: 2 }), /APUS_TASK_INPUT/);
    await assert.rejects(add.enqueueAll([{ a: 1, b: 1 }, { a: 1 } as never]), /b: .*APUS_TASK_INPUT/);
    assert.deepEqual((await queue.list()).tasks, []);
  });

  test("what does not fit any more is dead at once, with the issues", async (context) => {
    const driver = store.create(context);
    let runs = 0;
    const before = task("mail", { input: z.object({ to: z.string() }) }, () => {});
    const after = task("mail", { input: z.object({ to: z.email() }), retries: 5 }, () => (runs += 1));
    const sender = await startQueue(context, { driver, tasks: [before], run: false });
    const handle = await sender.enqueue(before, { to: "ada" });
    await startQueue(context, { driver, tasks: [after] });
    await assert.rejects(handle.result(), (error) => error instanceof TaskError && error.reason === "dead");
    const { errors, state } = await handle.record();
    assert.equal(state, "dead");
    assert.match(errors[0]?.message ?? "", /to: Invalid email/);
    assert.equal(runs, 0);
  });

  test("what is not due waits in the store", async (context) => {
    const ping = task("ping", {}, () => "pong");
    const queue = await startQueue(context, { driver: store.create(context), tasks: [ping] });
    const before = Date.now();
    const later = await ping.enqueue(undefined, { delay: "1h" });
    const soon = await ping.enqueue(undefined, { delay: 60 });
    const at = await ping.enqueue(undefined, { at: new Date(Date.now() + 3_600_000) });
    assert.equal(await soon.result(), "pong");
    const { startedAt = 0, dueAt } = await soon.record();
    assert.ok(startedAt >= dueAt && dueAt >= before + 60);
    assert.deepEqual([await later.state(), await at.state()], ["queued", "queued"]);
    assert.equal((await queue.stats())[0]?.delayed, 2);
  });

  test("progress is kept, the last one", async (context) => {
    const steps = task("steps", {}, async ({ progress }) => {
      for (let done = 1; done <= 50; done += 1) progress({ done });
      await sleep(1);
      progress({ done: 51 });
    });
    await startQueue(context, { driver: store.create(context), tasks: [steps] });
    const handle = await steps.enqueue();
    await handle.result();
    assert.deepEqual(await handle.progress(), { done: 51 });
  });
}

function testFailures(store: StoreUnderTest): void {
  test("a failure is kept, and the task runs again", async (context) => {
    const seen: number[] = [];
    const flaky = task("flaky", { backoff: { first: 1, jitter: false } }, ({ attempt }) => {
      seen.push(attempt);
      if (attempt < 3) throw new RangeError(`not yet ${"x".repeat(5_000)}`);
      return attempt;
    });
    await startQueue(context, { driver: store.create(context), tasks: [flaky] });
    const handle = await flaky.enqueue();
    assert.equal(await handle.result(), 3);
    assert.deepEqual(seen, [1, 2, 3]);
    const { errors, failures } = await handle.record();
    assert.equal(failures, 2);
    assert.deepEqual(
      errors.map(({ attempt, name }) => [attempt, name]),
      [
        [1, "RangeError"],
        [2, "RangeError"],
      ],
    );
    assert.ok((errors[0]?.message.length ?? 0) < 2_100 && (errors[0]?.stack?.length ?? 0) < 8_100);
  });

  test("a task whose retries are used up is dead, and can be replayed", async (context) => {
    let isBroken = true;
    const charge = task("charge", { retries: 1, backoff: { first: 1 } }, () => {
      if (isBroken) throw new Error("no money");
      return "paid";
    });
    const queue = await startQueue(context, { driver: store.create(context), tasks: [charge] });
    const handles = await charge.enqueueAll([undefined, undefined, undefined]);
    for (const handle of handles) await assert.rejects(handle.result(), /no money/);
    assert.equal((await handles[0]?.record())?.failures, 2);
    assert.equal((await queue.stats())[0]?.dead, 3);
    isBroken = false;
    assert.equal(await queue.retry(handles[0]?.id ?? ""), true);
    assert.equal(await handles[0]?.result(), "paid");
    assert.equal(await queue.retry(handles[0]?.id ?? ""), false);
    assert.equal(await queue.replay({ task: "charge" }), 2);
    assert.deepEqual(await Promise.all(handles.map((handle) => handle.result())), ["paid", "paid", "paid"]);
  });

  test("giveUpOn and retryOn decide which errors are worth another attempt", async (context) => {
    class Refused extends Error {}
    const hopeless = task("hopeless", { giveUpOn: [Refused] }, () => {
      throw new Refused("never");
    });
    const picky = task("picky", { retryOn: (error) => error instanceof TypeError }, () => {
      throw new RangeError("never");
    });
    await startQueue(context, { driver: store.create(context), tasks: [hopeless, picky] });
    for (const handle of [await hopeless.enqueue(), await picky.enqueue()]) {
      await assert.rejects(handle.result(), /never/);
      assert.equal((await handle.record()).failures, 1);
    }
  });

  test("an attempt that takes too long has its signal fired, and has failed", async (context) => {
    const reasons: string[] = [];
    const slow = task("slow", { timeout: 20, retries: 0 }, async ({ signal }) => {
      await sleep(60_000, undefined, { signal }).catch(() => reasons.push((signal.reason as Error).name));
      throw new Error("gave up");
    });
    await startQueue(context, { driver: store.create(context), tasks: [slow] });
    const handle = await slow.enqueue();
    await assert.rejects(handle.result(), /time of this attempt is up/);
    assert.deepEqual(reasons, ["TimeoutError"]);
    assert.equal((await handle.record()).errors[0]?.name, "TimeoutError");
  });

  test("who waits for a result need not wait for ever", async (context) => {
    const never = task("never", {}, () => {});
    await startQueue(context, { driver: store.create(context), tasks: [never], run: false });
    const handle = await never.enqueue();
    await assert.rejects(
      handle.result({ timeout: 10 }),
      (error) => error instanceof TaskError && error.reason === "timeout",
    );
    const reason = new Error("gone");
    await assert.rejects(handle.result({ signal: AbortSignal.abort(reason) }), reason);
  });
}

function testCancelling(store: StoreUnderTest): void {
  test("what has not begun never does once it is cancelled", async (context) => {
    let runs = 0;
    const count = task("count", {}, () => (runs += 1));
    const queue = await startQueue(context, { driver: store.create(context), tasks: [count], run: false });
    const handle = await count.enqueue();
    assert.equal(await handle.cancel(), "cancelled");
    assert.equal(await handle.cancel(), "cancelled");
    assert.equal(await queue.drain(), 0);
    await assert.rejects(handle.result(), (error) => error instanceof TaskError && error.reason === "cancelled");
    assert.equal(runs, 0);
  });

  test("what runs has its signal fired, from any process", async (context) => {
    const driver = store.create(context);
    const begun = Promise.withResolvers<void>();
    const wait = task("wait", {}, async ({ signal }) => {
      begun.resolve();
      await sleep(60_000, undefined, { signal });
    });
    await startQueue(context, { driver, tasks: [wait] });
    const elsewhere = await startQueue(context, { driver, tasks: [wait], run: false });
    const handle = await elsewhere.enqueue(wait);
    await begun.promise;
    assert.equal(await handle.cancel(), "running");
    await assert.rejects(handle.result(), (error) => error instanceof TaskError && error.reason === "cancelled");
    assert.equal((await handle.record()).failures, 0);
  });

  test("a task that nobody knows", async (context) => {
    const ping = task("ping", {}, () => {});
    const queue = await startQueue(context, { driver: store.create(context), tasks: [ping] });
    assert.equal(await queue.find("00000000-0000-4000-8000-000000000000"), undefined);
    const handle = await ping.enqueue();
    assert.equal((await queue.find(handle.id))?.id, handle.id);
    assert.equal(await queue.retry("nothing"), false);
  });
}

function testLooking(store: StoreUnderTest): void {
  test("tasks are listed newest first, page by page", async (context) => {
    const number = task("number", { input: z.int() }, ({ input }) => {
      if (input % 2 === 0) throw new Error("even");
    });
    const other = task("other", { queue: "second" }, () => {});
    const queue = await startQueue(context, { driver: store.create(context), tasks: [number, other], run: false });
    for (let index = 0; index < 5; index += 1) await number.enqueue(index);
    await other.enqueue();
    const first = await queue.list({ task: "number", limit: 2 });
    assert.deepEqual(
      first.tasks.map(({ input }) => input),
      [4, 3],
    );
    assert.ok(first.cursor !== undefined);
    const rest = await queue.list({ task: "number", limit: 3, cursor: first.cursor });
    assert.deepEqual(
      rest.tasks.map(({ input }) => input),
      [2, 1, 0],
    );
    assert.equal(rest.cursor, undefined);
    assert.equal((await queue.list({ queue: "second" })).tasks.length, 1);
    assert.equal((await queue.list({ state: "done" })).tasks.length, 0);
    await assert.rejects(queue.list({ limit: 0 }), /APUS_BAD_OPTION/);
    await assert.rejects(queue.list({ state: "gone" as never }), /APUS_BAD_OPTION/);
  });

  test("figures by queue, and pauses that hold for every process", async (context) => {
    const driver = store.create(context);
    const ping = task("ping", {}, () => "pong");
    const other = task("other", { queue: "second" }, () => "there");
    const queue = await startQueue(context, { driver, tasks: [ping, other] });
    const elsewhere = await startQueue(context, { driver, tasks: [ping, other] });
    await elsewhere.pause("default");
    const held = await queue.enqueue(ping);
    assert.equal(await (await queue.enqueue(other)).result(), "there");
    assert.equal(await held.state(), "queued");
    const [own] = await queue.stats();
    assert.deepEqual([own?.queue, own?.isPaused, own?.queued], ["default", true, 1]);
    await queue.resume("default");
    assert.equal(await held.result(), "pong");
    await queue.pause();
    const all = await queue.enqueue(other);
    assert.ok((await elsewhere.stats()).every(({ isPaused }) => isPaused));
    assert.equal(await all.state(), "queued");
    await elsewhere.resume();
    await until(async () => (await all.state()) === "done");
  });

  test("tasks that this process does not know are left alone", async (context) => {
    const driver = store.create(context);
    const known = task("known", {}, () => "here");
    const foreign = task("foreign", { priority: 10 }, () => "elsewhere");
    const own = await startQueue(context, { driver, tasks: [known] });
    const sender = await startQueue(context, { driver, tasks: [known, foreign], run: false });
    const left = await sender.enqueue(foreign);
    assert.equal(await (await sender.enqueue(known)).result(), "here");
    assert.equal(await own.drain(), 0);
    assert.equal(await left.state(), "queued");
  });
}
