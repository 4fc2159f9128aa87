/** Retries: which failures may pass, how long to wait, and how many there may be. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isIdempotent, isPassingStatus, mayPass, parseRetryAfter, RetryBudget, retryDelay } from "./retry-policy.ts";
import { UpstreamError, type UpstreamErrorKind, type UpstreamStage } from "./upstream-error.ts";

const failure = (kind: UpstreamErrorKind, stage?: UpstreamStage): UpstreamError =>
  new UpstreamError(kind, { upstream: "x", stage });

test("what was not connected may be made again by any call, what was sent only where it may be repeated", () => {
  for (const canRepeat of [true, false]) {
    assert.equal(mayPass(failure("connect"), canRepeat), true);
    assert.equal(mayPass(failure("timeout", "connect"), canRepeat), true);
    assert.equal(mayPass(failure("connection"), canRepeat), canRepeat);
    assert.equal(mayPass(failure("timeout", "head"), canRepeat), canRepeat);
    assert.equal(mayPass(failure("timeout", "idle"), canRepeat), canRepeat);
    for (const stage of ["total", "deadline", "unread"] as const) {
      assert.equal(mayPass(failure("timeout", stage), canRepeat), false);
    }
    for (const kind of ["json", "schema", "too-large", "open", "busy", "refused", "redirect", "closed"] as const) {
      assert.equal(mayPass(failure(kind), canRepeat), false);
    }
    assert.equal(mayPass(new Error("own"), canRepeat), false);
  }
});

test("methods and statuses", () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "QUERY"]) assert.equal(isIdempotent(method, false), true);
  for (const method of ["POST", "PATCH"]) {
    assert.equal(isIdempotent(method, false), false);
    assert.equal(isIdempotent(method, true), true);
  }
  assert.deepEqual([408, 429, 500, 501, 502, 503, 504].filter(isPassingStatus), [408, 429, 502, 503, 504]);
});

describe("the wait", () => {
  const settings = { limit: 5, base: 100, longest: 1_000 };
  const wait = (number: number, after: number | undefined, random: number): number | undefined =>
    retryDelay(settings, { number, after }, () => random);

  test("is any time up to a bound that is doubled", () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 60].map((number) => wait(number, undefined, 1)),
      [100, 200, 400, 800, 1_000, 1_000],
    );
    assert.equal(wait(3, undefined, 0), 0);
    assert.equal(wait(3, undefined, 0.5), 200);
  });

  test("is not shorter than Retry-After, and not longer than the longest", () => {
    assert.equal(wait(1, 500, 0), 500);
    assert.equal(wait(1, 500, 1), 600);
    assert.equal(wait(1, 1_001, 0), undefined);
  });

  test("Retry-After has seconds or a date", () => {
    assert.equal(parseRetryAfter("120"), 120_000);
    assert.equal(parseRetryAfter("Fri, 31 Dec 1999 23:59:59 GMT", Date.UTC(1999, 11, 31, 23, 59, 50)), 9_000);
    assert.equal(parseRetryAfter("Fri, 31 Dec 1999 23:59:59 GMT"), 0);
    for (const field of [undefined, "", "soon", "-1", "1.5", "1e3", "9".repeat(400)]) {
      assert.equal(parseRetryAfter(field), undefined);
    }
  });
});

test("the budget: a stock, then one retry for five calls", () => {
  const budget = new RetryBudget();
  let taken = 0;
  while (budget.take()) taken += 1;
  assert.equal(taken, 20);
  for (let count = 0; count < 51; count += 1) {
    budget.earn();
    if (budget.take()) taken += 1;
  }
  assert.equal(taken, 30);
});
