/** The conformance suites of task queues on the memory store, and what only a clock that is moved can show. */

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { memoryTasks, task, testClock, type TaskQueue } from "apus/tasks";
import { z } from "zod";
import { testBasics } from "./task-basics-suite.ts";
import { testEndings } from "./task-endings-suite.ts";
import { testLimits } from "./task-limits-suite.ts";
import { buildQueue, startQueue, until } from "./task-store-under-test.ts";

const memory = { name: "memory", create: () => memoryTasks() };

testBasics(memory);
testLimits(memory);
testEndings(memory);

test("time that is moved makes delayed tasks due, and ends retention", async (context) => {
  const clock = testClock("2026-01-01T00:00:00Z");
  const ping = task("ping", { input: z.int(), keep: "2d" }, ({ input }) => input);
  const queue = await startQueue(context, { driver: memoryTasks({ clock }), tasks: [ping] });
  const handle = await ping.enqueue(1, { delay: "1d" });
  clock.advance("23h");
  assert.equal(await queue.drain(), 0);
  assert.equal(await handle.state(), "queued");
  clock.advance("1h");
  assert.equal(await handle.result(), 1);
  assert.equal((await handle.record()).startedAt, Date.parse("2026-01-02T00:00:00Z"));
  clock.advance("3d");
  await queue.drain();
  assert.equal(await queue.find(handle.id), undefined);
});

test("however far time is moved, what runs keeps its lease", async (context) => {
  const clock = testClock();
  const gate = Promise.withResolvers<string>();
  let runs = 0;
  const wait = task("wait", { timeout: false }, () => {
    runs += 1;
    return gate.promise;
  });
  const queue = await startQueue(context, { driver: memoryTasks({ clock }), tasks: [wait] });
  const handle = await wait.enqueue();
  await until(() => runs === 1);
  clock.advance("7d");
  gate.resolve("done");
  assert.equal(await handle.result(), "done");
  await queue.drain();
  assert.equal(runs, 1);
});

/** Moves the clock in steps of ten minutes, and gives the times at which the task ran. */
async function fireThrough(
  context: TestContext,
  from: string,
  { hours, cron, queues = 1 }: { readonly hours: number; readonly cron: string; readonly queues?: number },
): Promise<readonly string[]> {
  const clock = testClock(from);
  const driver = memoryTasks({ clock });
  const times: string[] = [];
  const report = task("report", {}, () => void times.push(new Date(clock.now()).toISOString()));
  const running = Array.from({ length: queues }, () =>
    buildQueue(context, { driver, tasks: [report], run: false }).schedule(cron, report, {
      timeZone: "Europe/Berlin",
    }),
  );
  await Promise.all(running.map((queue) => queue.start()));
  for (let step = 0; step < hours * 6; step += 1) {
    clock.advance("10m");
    await Promise.all(running.map((queue) => queue.drain()));
  }
  return times;
}

test("a schedule in the hour that is left out fires once, after it", async (context) => {
  const times = await fireThrough(context, "2026-03-28T12:00:00Z", { hours: 48, cron: "30 2 * * *" });
  assert.deepEqual(times, ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]);
});

test("a schedule in the hour that comes twice fires once, in one of three queues", async (context) => {
  const times = await fireThrough(context, "2026-10-24T12:00:00Z", { hours: 48, cron: "30 2 * * *", queues: 3 });
  assert.deepEqual(times, ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
});

for (const [missed, expected] of [
  ["skip", 0],
  ["once", 1],
] as const) {
  test(`times that nobody was there for: ${missed}`, async (context) => {
    const clock = testClock("2026-01-01T12:00:00Z");
    const driver = memoryTasks({ clock });
    let runs = 0;
    const report = task("report", {}, () => (runs += 1));
    const open = async (): Promise<TaskQueue> => {
      const queue = buildQueue(context, { driver, tasks: [report], run: false });
      queue.schedule("0 3 * * *", report, { missed, name: "nightly" });
      await queue.start();
      return queue;
    };
    const first = await open();
    await first.drain();
    await first.stop();
    clock.advance("3d");
    const second = await open();
    await second.drain();
    assert.equal(runs, expected);
    assert.equal(new Date(second.schedules()[0]?.nextAt ?? 0).toISOString(), "2026-01-05T03:00:00.000Z");
    clock.advance("15h");
    await second.drain();
    assert.equal(runs, expected + 1);
  });
}
