/** createMemoryRateStore(): both algorithms against the clock, and a store that is full. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryRateStore } from "./memory-rate-store.ts";
import type { RatePolicy, RateVerdict } from "./rate-store.ts";

function createClocked(maxKeys = 100) {
  const clock = { now: 1_234.5 };
  const store = createMemoryRateStore({ maxKeys, clock: () => clock.now });
  return { clock, take: (key: string, policy: RatePolicy) => store.take(key, policy) as RateVerdict };
}

const bucket: RatePolicy = { algorithm: "token-bucket", limit: 5, window: 1_000 };
const sliding: RatePolicy = { algorithm: "sliding-window", limit: 5, window: 1_000 };

for (const policy of [bucket, sliding]) {
  test(`${policy.algorithm}: exactly the limit at once, counted down`, () => {
    const { take } = createClocked();
    const verdicts = Array.from({ length: 7 }, () => take("a", policy));
    assert.deepEqual(
      verdicts.map(({ allowed }) => allowed),
      [true, true, true, true, true, false, false],
    );
    assert.deepEqual(
      verdicts.map(({ remaining }) => remaining),
      [4, 3, 2, 1, 0, 0, 0],
    );
    assert.equal(take("b", policy).remaining, 4);
  });

  test(`${policy.algorithm}: the next one is free after retryAfter, not before, and all after resetAfter`, () => {
    for (const limit of [1, 2, 3, 7, 1_000]) {
      const { clock, take } = createClocked();
      const own = { ...policy, limit };
      for (let count = 0; count < limit; count += 1) {
        assert.equal(take("a", own).allowed, true, `${limit}: ${count}`);
        clock.now += 0.0001;
      }
      const { allowed, retryAfter } = take("a", own);
      assert.deepEqual([allowed, retryAfter > 0], [false, true], String(limit));
      const early = Math.min(retryAfter * 0.9, Math.max(0, retryAfter - 1.1));
      clock.now += early;
      assert.equal(take("a", own).allowed, false, String(limit));
      clock.now += retryAfter - early + 0.001;
      const next = take("a", own);
      assert.equal(next.allowed, true, String(limit));
      clock.now += next.resetAfter;
      assert.equal(take("a", own).remaining, limit - 1, String(limit));
    }
  });

  test(`${policy.algorithm}: in the long run no more than the limit in a window`, () => {
    const { clock, take } = createClocked();
    let allowed = 0;
    for (let step = 0; step < 10_000; step += 1) {
      if (take("a", policy).allowed) allowed += 1;
      clock.now += 7;
    }
    // 70 windows, and the burst at the start.
    assert.ok(allowed >= 5 * 69 && allowed <= 5 * 71 + 5, String(allowed));
  });
}

test("sliding-window: the border between two windows cannot be used for twice the limit", () => {
  const { clock, take } = createClocked();
  take("a", sliding);
  clock.now += 990;
  for (let count = 0; count < 4; count += 1) assert.equal(take("a", sliding).allowed, true);
  clock.now += 20;
  const verdicts = [1, 2, 3].map(() => take("a", sliding).allowed);
  assert.deepEqual(verdicts, [true, false, false], "what is out of sight by a moment makes room for one");
});

test("token-bucket: refills steadily", () => {
  const { clock, take } = createClocked();
  for (let count = 0; count < 5; count += 1) take("a", bucket);
  for (let count = 0; count < 20; count += 1) {
    clock.now += 200;
    assert.equal(take("a", bucket).allowed, true, String(count));
    assert.equal(take("a", bucket).allowed, false, String(count));
  }
});

test("a full store forgets what is over first, then who has used least", () => {
  const { clock, take } = createClocked(4);
  for (let count = 0; count < 6; count += 1) take("spent", sliding);
  for (const key of ["b", "c", "d"]) take(key, sliding);
  for (let count = 0; count < 1_000; count += 1) assert.equal(take(`new ${count}`, sliding).allowed, true);
  assert.equal(take("spent", sliding).allowed, false, "a spent quota is kept");
  clock.now += 2_000;
  take("later", sliding);
  assert.equal(take("spent", sliding).remaining, 4, "time has given it back");
});

test("keys that are names of members are keys like others", () => {
  const { take } = createClocked();
  for (const key of ["__proto__", "constructor", ""]) assert.equal(take(key, bucket).remaining, 4, key);
});
