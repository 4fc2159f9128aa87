/** A thousand calls that fail in every way there is: each is answered, the pool is whole, and nothing is left behind. */

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { HttpError } from "apus";
import { configureOffload, offload, WorkerLostError } from "apus/workers";
import * as jobs from "./apps/offload-jobs.ts";

/** How a call failed, in one word. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "worked";
  } catch (error) {
    if (error instanceof WorkerLostError) return error.reason;
    if (error instanceof HttpError) return String(error.status);
    return error instanceof Error ? error.name : String(error);
  }
}

async function readThenStop(): Promise<unknown> {
  for await (const number of jobs.countInto(new SharedArrayBuffer(8))) if (number === 20) break;
  throw new RangeError("read enough");
}

test("a thousand mixed failures", { timeout: 240_000 }, async () => {
  configureOffload({ threads: 2, queue: 2_000, grace: 20 });
  const exitListeners = process.listenerCount("exit");
  const before = offload.stats();
  const { signal } = new AbortController();
  const kinds: readonly (readonly [count: number, outcome: string, call: () => Promise<unknown>])[] = [
    [603, "TypeError", () => jobs.fail.with({ signal })("type")],
    [100, "just text", () => jobs.fail.with({ signal })("text")],
    [100, "RangeError", () => jobs.countThenFail(0).next()],
    [50, "RangeError", readThenStop],
    [48, "504", () => jobs.wait.with({ timeout: 1, signal })(60_000)],
    [80, "TimeoutError", () => jobs.wait.with({ signal: AbortSignal.timeout(1) })(60_000)],
    [6, "504", () => jobs.spin.with({ timeout: 1, signal })(60_000)],
    [6, "exit", () => jobs.leave(1)],
    [4, "crash", () => jobs.crash()],
    [2, "memory", () => jobs.eat()],
    [1, "crash", () => jobs.fragile("segfault")],
  ];
  const calls = kinds.flatMap(([count, outcome, call]) => Array.from({ length: count }, () => ({ outcome, call })));
  assert.equal(calls.length, 1_000);
  // Mixed, but the same in every run.
  const mixed = calls
    .map((each, index) => ({ each, place: (index * 617) % 1_000 }))
    .toSorted((a, b) => a.place - b.place);
  const outcomes = await Promise.all(
    mixed.map(async ({ each }) => ({ wanted: each.outcome, got: await outcomeOf(each.call()) })),
  );
  assert.deepEqual(
    outcomes.filter(({ wanted, got }) => wanted !== got),
    [],
  );

  assert.deepEqual(
    await Promise.all([jobs.add(1, 2), jobs.add(3, 4), jobs.nested(1)]).then(([one, two]) => [one, two]),
    [3, 7],
  );
  assert.equal(getEventListeners(signal, "abort").length, 0);
  const { threads, queued, refused } = offload.stats();
  assert.ok(threads <= 2, `${threads} workers`);
  assert.deepEqual([queued, refused - before.refused], [0, 0]);
  await offload.close();
  assert.equal(offload.stats().threads, 0);
  assert.equal(process.listenerCount("exit"), exitListeners);
  const left = process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort|Process/.test(name));
  assert.deepEqual(left, []);
});
