/** Turns at something scarce: order, refusals and ends. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HttpError } from "../errors/http-error.ts";
import { WaitQueue, type Release } from "./wait-queue.ts";

const create = (capacity: number, more: Partial<{ timeout: number; maxWaiting: number }> = {}): WaitQueue =>
  new WaitQueue({ capacity, timeout: 10_000, maxWaiting: 10, what: "thing", ...more });

describe("WaitQueue", () => {
  test("first come, first served: who wants all is not overtaken", async () => {
    const queue = create(3);
    const told: string[] = [];
    const first = await queue.take(1, {});
    const second = await queue.take(1, {});
    const all = queue.take(3, {}).then((release) => {
      told.push("all");
      return release;
    });
    const late = queue.take(1, {}).then((release) => {
      told.push("late");
      return release;
    });
    assert.equal(queue.takeNow(1), undefined);
    assert.deepEqual([queue.holders, queue.waiting], [2, 2]);
    first();
    first();
    assert.deepEqual(told, []);
    second();
    (await all)();
    (await late)();
    assert.deepEqual(told, ["all", "late"]);
    assert.deepEqual([queue.holders, queue.waiting], [0, 0]);
  });

  test("who waits too long, or comes when too many wait, is refused and leaves nothing behind", async () => {
    const queue = create(1, { timeout: 20, maxWaiting: 1 });
    const release = await queue.take(1, {});
    const waits = queue.take(1, {});
    await assert.rejects(queue.take(1, {}), { status: 503 });
    await assert.rejects(waits, (error) => error instanceof HttpError && Number(error.problem["waited"]) > 0);
    await assert.rejects(queue.take(1, { deadline: performance.now() - 5 }), { status: 503 });
    release();
    (await queue.take(1, {}))();
  });

  test("a signal takes its waiter out, and those behind move up", async () => {
    const queue = create(2);
    const release = await queue.take(1, {});
    const leaving = new AbortController();
    const waits = queue.take(2, { signal: leaving.signal });
    const behind = queue.take(1, {});
    leaving.abort(new Error("gone"));
    await assert.rejects(waits, /gone/);
    (await behind)();
    release();
    await assert.rejects(queue.take(1, { signal: leaving.signal }), /gone/);
  });

  test("a closed queue refuses all, and has ended when nothing is held", async () => {
    const queue = create(1);
    const release: Release = await queue.take(1, {});
    const waits = assert.rejects(queue.take(1, {}), { status: 503 });
    const closing = queue.close();
    await waits;
    await assert.rejects(queue.take(1, {}), { status: 503 });
    release();
    await closing;
  });
});
