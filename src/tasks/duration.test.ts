/** Unit tests of durations. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "./duration.ts";

test("milliseconds and text with a unit", () => {
  const cases = { "1ms": 1, "30s": 30_000, "1.5m": 90_000, "2h": 7_200_000, "7d": 604_800_000, "0s": 0 };
  for (const [text, expected] of Object.entries(cases)) assert.equal(parseDuration("x({ y })", text), expected, text);
  assert.equal(parseDuration("x({ y })", 12.4), 12);
});

test("whatever else is refused, with its place", () => {
  for (const given of ["", "5", "s", "1 s", "-1s", "1e3s", "1w", -1, Number.NaN, Infinity, null, {}, "9999999999d"]) {
    assert.throws(() => parseDuration("task({ timeout })", given), /task\(\{ timeout \}\) was given .*APUS_BAD_OPTION/);
  }
});
