/** Unit tests of cron times: daylight saving time, and what cannot be read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileCron } from "./load-croner.ts";

const at = (time: number | undefined): string => new Date(time ?? Number.NaN).toISOString();
const berlin = (pattern: string) =>
  compileCron({ pattern, timeZone: "Europe/Berlin", where: "schedule() at app.ts:1" });

test("a time that is left out is made up for, one that comes twice is due once", async () => {
  const cron = await berlin("30 2 * * *");
  assert.equal(at(cron.next(Date.parse("2026-03-28T12:00:00Z"))), "2026-03-29T01:00:00.000Z");
  assert.equal(at(cron.next(Date.parse("2026-10-24T12:00:00Z"))), "2026-10-25T00:30:00.000Z");
  assert.equal(at(cron.next(Date.parse("2026-10-25T00:30:00Z"))), "2026-10-26T01:30:00.000Z");
  assert.equal(at(cron.latest(Date.parse("2026-10-25T12:00:00Z"))), "2026-10-25T00:30:00.000Z");
});

test("the last time up to one is that one, when it is due", async () => {
  const cron = await berlin("*/5 * * * *");
  assert.equal(at(cron.latest(Date.parse("2026-01-01T00:05:00Z"))), "2026-01-01T00:05:00.000Z");
  assert.equal(at(cron.latest(Date.parse("2026-01-01T00:04:59Z"))), "2026-01-01T00:00:00.000Z");
  assert.equal(at(cron.next(Date.parse("2026-01-01T00:05:00Z"))), "2026-01-01T00:10:00.000Z");
});

test("patterns and time zones that do not exist", async () => {
  for (const pattern of ["", "every day", "61 * * * *", "* * * *", "* * * * * * *"]) {
    await assert.rejects(berlin(pattern), /schedule\(\) at app\.ts:1: .*APUS_BAD_OPTION/, pattern);
  }
  const mars = compileCron({ pattern: "* * * * *", timeZone: "Mars/Olympus", where: "here" });
  await assert.rejects(mars, /here: .*APUS_BAD_OPTION/);
});
