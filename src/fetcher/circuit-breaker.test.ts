/** The breaker: opens by share and number, looks back no further than its window, and lets one call decide. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker, type CallOutcome } from "./circuit-breaker.ts";

const settings = { ratio: 0.5, minimum: 4, window: 1_000, pause: 100 };

class Clocked {
  time = 5_000;
  readonly breaker = new CircuitBreaker(settings, () => this.time);

  call(outcome: CallOutcome): void {
    const settle = this.breaker.admit();
    assert.ok(settle !== undefined, "the call was not admitted");
    settle(outcome);
    settle("failure");
  }
}

test("opens at the share, not below the number", () => {
  const clocked = new Clocked();
  for (const outcome of ["failure", "failure", "failure"] as const) clocked.call(outcome);
  assert.equal(clocked.breaker.state, "closed");
  clocked.call("success");
  assert.equal(clocked.breaker.state, "closed", "a success is no reason");
  clocked.call("failure");
  assert.equal(clocked.breaker.state, "open");
  assert.equal(clocked.breaker.admit(), undefined);
  assert.equal(clocked.breaker.remaining, 100);
});

test("successes keep it closed, and what says nothing is not counted", () => {
  const clocked = new Clocked();
  for (let count = 0; count < 100; count += 1) clocked.call(count % 3 === 2 ? "failure" : "success");
  for (let count = 0; count < 100; count += 1) clocked.call("none");
  assert.equal(clocked.breaker.state, "closed");
});

test("failures outside of the window are forgotten", () => {
  const clocked = new Clocked();
  for (let count = 0; count < 20; count += 1) {
    clocked.call("failure");
    clocked.time += 400;
  }
  assert.equal(clocked.breaker.state, "closed");
});

test("after the pause one call is tried: a failure opens again, a success closes, none gives the try back", () => {
  const clocked = new Clocked();
  const { breaker } = clocked;
  for (let count = 0; count < 4; count += 1) clocked.call("failure");
  clocked.time += 100;
  assert.equal(breaker.state, "half-open");
  const first = breaker.admit();
  assert.equal(breaker.admit(), undefined, "only one");
  assert.ok(breaker.remaining > 0);
  first?.("none");
  assert.equal(breaker.state, "half-open");
  clocked.call("failure");
  assert.deepEqual([breaker.state, breaker.remaining], ["open", 100]);
  clocked.time += 100;
  clocked.call("success");
  assert.equal(breaker.state, "closed");
  for (let count = 0; count < 3; count += 1) clocked.call("failure");
  assert.equal(breaker.state, "closed", "it begins anew");
});

test("what was under way when it opened changes nothing", () => {
  const clocked = new Clocked();
  const late = clocked.breaker.admit();
  for (let count = 0; count < 4; count += 1) clocked.call("failure");
  late?.("success");
  assert.equal(clocked.breaker.state, "open");
});
