/** Unit tests of the options of tasks: back-off, errors worth another attempt, and what is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readTaskOptions, type TaskOptions } from "./task-options.ts";

test("the defaults", () => {
  const { delayAfter, isWorthRetrying, ...rest } = readTaskOptions({});
  assert.deepEqual(rest, {
    queue: "default",
    priority: 0,
    retries: 3,
    concurrency: Number.MAX_SAFE_INTEGER,
    perKey: 1,
    keyOf: undefined,
    timeout: 300_000,
    rate: undefined,
    expires: undefined,
    keep: 7 * 86_400_000,
    keepDead: 30 * 86_400_000,
  });
  assert.equal(isWorthRetrying("anything"), true);
  assert.ok(delayAfter(1, undefined) <= 1_000);
});

test("back-off grows, stays below its limit, and is spread over all of it", () => {
  const { delayAfter } = readTaskOptions({ backoff: { first: 100, factor: 3, most: "1s", jitter: false } });
  assert.deepEqual(
    [1, 2, 3, 4, 5_000].map((attempt) => delayAfter(attempt, undefined)),
    [100, 300, 900, 1_000, 1_000],
  );
  const spread = Array.from({ length: 500 }, () => readTaskOptions({ backoff: { first: 1_000 } }).delayAfter(1, 0));
  assert.ok(spread.every((delay) => delay >= 0 && delay <= 1_000));
  assert.ok(Math.min(...spread) < 200 && Math.max(...spread) > 800);
  assert.equal(readTaskOptions({ backoff: (attempt) => `${attempt}m` }).delayAfter(2, undefined), 120_000);
});

test("retryOn and giveUpOn together", () => {
  const { isWorthRetrying } = readTaskOptions({
    retryOn: [TypeError, RangeError],
    giveUpOn: (error) => error instanceof RangeError,
  });
  assert.deepEqual([new TypeError(), new RangeError(), new Error()].map(isWorthRetrying), [true, false, false]);
});

test("what means nothing is refused", () => {
  const wrong: readonly object[] = [
    { retries: -1 },
    { retries: 1.5 },
    { timeout: "0s" },
    { timeout: "60d" },
    { timeout: true },
    { rate: { limit: 0, per: "1s" } },
    { rate: { limit: 1 } },
    { rate: 5 },
    { backoff: { factor: 0.5 } },
    { backoff: { fist: 1 } },
    { backoff: 5 },
    { keep: "long" },
    { perKey: 2 },
    { key: "user" },
    { queue: "*" },
    { queue: "" },
    { priority: 0.5 },
    { retryOn: "always" },
    { concurrency: 0 },
    { expires: "soon" },
    { retry: 3 },
  ];
  for (const options of wrong) {
    assert.throws(() => readTaskOptions(options as TaskOptions), /APUS_BAD_OPTION/, JSON.stringify(options));
  }
});
