/** The wheel: a deadline passes once, never before its time, and a member that has gone is left alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DeadlineWheel, type Deadlined } from "./deadline-wheel.ts";

function createMember(wheel: DeadlineWheel, milliseconds: number): Deadlined & { readonly expired: number[] } {
  const expired: number[] = [];
  const member = {
    deadline: wheel.after(milliseconds),
    expired,
    expire(): void {
      expired.push(performance.now());
      member.deadline = Number.POSITIVE_INFINITY;
    },
  };
  wheel.add(member);
  return member;
}

test("a deadline passes once, and not before its time", async () => {
  const wheel = new DeadlineWheel(10);
  wheel.start();
  const started = performance.now();
  const [soon, never, gone] = [createMember(wheel, 50), createMember(wheel, 60_000), createMember(wheel, 20)];
  wheel.remove(gone);
  while (soon.expired.length === 0) await sleep(5);
  await sleep(50);
  wheel.stop();
  assert.equal(soon.expired.length, 1);
  assert.ok((soon.expired[0] ?? 0) - started >= 49);
  assert.deepEqual([never.expired, gone.expired], [[], []]);
});

test("the Date line is of this second or the one before", () => {
  const wheel = new DeadlineWheel(1_000);
  const [, date = ""] = /^date: (.*)\r\n$/.exec(wheel.dateLine) ?? [];
  const age = Date.now() - Date.parse(date);
  assert.ok(age >= 0 && age < 2_000, date);
});
