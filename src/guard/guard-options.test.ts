/** Options of the guard: defaults by mode, and what is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readGuardOptions, type GuardOptions } from "./guard-options.ts";

const development = { isProduction: false, logs: true };
const production = { isProduction: true, logs: true };
const silent = { isProduction: false, logs: false };

test("50 ms and synchronous calls in development, 200 ms without in production", () => {
  for (const option of [undefined, true, {}]) {
    assert.deepEqual(readGuardOptions(option, development), { threshold: 50, syncCalls: true });
    assert.deepEqual(readGuardOptions(option, production), { threshold: 200, syncCalls: false });
  }
  const own = { threshold: 30, syncCalls: true };
  assert.deepEqual(readGuardOptions(own, production), own);
});

test("off with false; without a log only when it is not asked for", () => {
  assert.equal(readGuardOptions(false, development), undefined);
  assert.equal(readGuardOptions(undefined, silent), undefined);
  assert.ok(readGuardOptions(true, silent));
});

test("anything else is refused", () => {
  const wrong = [null, 50, "on", { threshold: 0 }, { threshold: NaN }, { threshold: "50" }, { syncCalls: 1 }];
  for (const option of wrong) {
    assert.throws(() => readGuardOptions(option as unknown as GuardOptions, development), { code: "APUS_BAD_OPTION" });
  }
});
