/** The order in which calls leave the queue. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CallQueue } from "./call-queue.ts";
import type { OffloadPriority } from "./offloaded.ts";

test("calls leave by priority, and in each in order", () => {
  const queue = new CallQueue<{ readonly name: string; readonly priority: OffloadPriority }>();
  const calls = (["low", "normal", "high", "normal", "high"] as const).map((priority, index) => ({
    name: `${priority}${index}`,
    priority,
  }));
  for (const call of calls) queue.add(call);
  assert.equal(queue.size, 5);
  assert.equal(queue.delete(calls[1]!), true);
  assert.equal(queue.delete(calls[1]!), false);
  const left: string[] = [];
  for (let call = queue.first(); call !== undefined; call = queue.first()) {
    left.push(call.name);
    queue.delete(call);
  }
  assert.deepEqual(left, ["high2", "high4", "normal3", "low0"]);
});
