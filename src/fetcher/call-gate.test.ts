/** The gate: so many run, so many wait in order, and who leaves the queue leaves nothing behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CallGate } from "./call-gate.ts";
import { UpstreamError } from "./upstream-error.ts";

const refuse = (reason: string): UpstreamError =>
  new UpstreamError("busy", { upstream: "x", cause: new Error(reason) });
const never = new AbortController().signal;
const create = (concurrency: number, queue: number, wait = 60_000): CallGate =>
  new CallGate({ concurrency, queue, wait }, refuse);

test("goes on at once while there is a place, then in the order of arrival", async () => {
  const gate = create(2, 10);
  assert.equal(gate.enter(never), undefined);
  assert.equal(gate.enter(never), undefined);
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    await gate.enter(never);
    order.push(number);
    gate.leave();
  });
  assert.deepEqual([gate.running, gate.queued], [2, 3]);
  gate.leave();
  gate.leave();
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual([gate.running, gate.queued], [0, 0]);
});

test("refuses when the queue is full, and when there is none", () => {
  const gate = create(1, 0);
  void gate.enter(never);
  assert.throws(() => gate.enter(never), { kind: "busy", status: 503 });
});

test("who has waited too long, or is told to stop, is out of the queue", async () => {
  const gate = create(1, 10, 5);
  void gate.enter(never);
  await assert.rejects(Promise.resolve(gate.enter(never)), { kind: "busy" });
  const leaving = new AbortController();
  const waiting = create(1, 10);
  void waiting.enter(never);
  const stopped = waiting.enter(leaving.signal);
  leaving.abort(new Error("left"));
  await assert.rejects(Promise.resolve(stopped), /left/);
  assert.deepEqual([gate.queued, waiting.queued], [0, 0]);
  waiting.leave();
  assert.equal(waiting.running, 0);
});
