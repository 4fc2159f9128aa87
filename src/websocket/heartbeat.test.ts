/** The heartbeat: asks, listens, and cuts who does not answer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat } from "./heartbeat.ts";

test("cuts after one unanswered ping, but not who cannot be heard", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const told: string[] = [];
  let isDeaf = false;
  const parts = { interval: 1_000, ping: () => void told.push("ping"), cut: () => void told.push("cut") };
  const heartbeat = new Heartbeat({ ...parts, isDeaf: () => isDeaf });
  t.mock.timers.tick(1_000);
  heartbeat.hear();
  t.mock.timers.tick(1_000);
  assert.deepEqual(told, ["ping", "ping"]);
  isDeaf = true;
  t.mock.timers.tick(1_000);
  isDeaf = false;
  t.mock.timers.tick(1_000);
  t.mock.timers.tick(9_000);
  assert.deepEqual(told, ["ping", "ping", "ping", "cut"]);
  heartbeat.stop();
});
