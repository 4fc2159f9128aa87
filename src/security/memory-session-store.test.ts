/** Sessions in memory: they end by the clock, and never grow beyond their bounds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemorySessionStore } from "./memory-session-store.ts";

const session = (data: string, expires = 100): { data: string; expires: number; isNew: boolean } => ({
  data,
  expires,
  isNew: true,
});

test("a session is there until its time", async () => {
  let now = 99_999;
  const store = createMemorySessionStore({ clock: () => now });
  await store.write("a", session("1"));
  await store.touch("b", 200);
  assert.deepEqual(store.read("a"), { data: "1", expires: 100 });
  await store.write("c", session("2"));
  await store.touch("c", 200);
  now = 100_000;
  assert.equal(store.read("a"), undefined);
  assert.equal(store.read("b"), undefined);
  assert.deepEqual(store.read("c"), { data: "2", expires: 200 });
  await store.delete("c");
  assert.equal(store.read("c"), undefined);
});

test("what was ended stays ended, whoever still writes to it", async () => {
  const store = createMemorySessionStore({ clock: () => 0 });
  await store.write("a", session("1"));
  await store.delete("a");
  await store.write("a", { ...session("2"), isNew: false });
  assert.equal(store.read("a"), undefined);
});

test("beyond its bounds it forgets what was written first", async () => {
  const store = createMemorySessionStore({ maxSessions: 2, maxSize: 10, clock: () => 0 });
  await store.write("a", session("1"));
  await store.write("b", session("1"));
  await store.write("a", session("2"));
  await store.write("c", session("1"));
  assert.equal(store.read("b"), undefined);
  assert.deepEqual(store.read("a"), { data: "2", expires: 100 });
  await store.write("d", session("x".repeat(10)));
  assert.equal(store.read("a"), undefined);
  assert.equal(store.read("c"), undefined);
  assert.throws(() => store.write("e", session("x".repeat(11))), { code: "APUS_SESSION" });
  assert.ok(store.read("d"));
});

test("wrong options are refused", () => {
  for (const options of [{ maxSessions: 0 }, { maxSize: 0.5 }, { clock: 1 }, { size: 1 }]) {
    assert.throws(() => createMemorySessionStore(options as never), { code: "APUS_BAD_OPTION" });
  }
});
