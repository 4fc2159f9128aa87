/** createMemoryIdempotencyStore(): bounded in keys and bytes, and what runs is never forgotten. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpError } from "../errors/http-error.ts";
import type { IdempotencyRecord } from "./idempotency-store.ts";
import { createMemoryIdempotencyStore, type MemoryIdempotencyStoreOptions } from "./memory-idempotency-store.ts";

function createClocked(options: MemoryIdempotencyStoreOptions = {}) {
  const clock = { now: 0 };
  const store = createMemoryIdempotencyStore({ ...options, clock: () => clock.now });
  const claim = (key: string, owner = key) =>
    store.claim(key, { fingerprint: "f", owner, lease: 1_000 }) as IdempotencyRecord | undefined;
  const settle = (key: string, body = "", owner = key): void =>
    void store.settle(key, owner, { answer: { status: 200, headers: [], body }, ttl: 10_000 });
  const release = (key: string, owner = key): void => void store.release(key, owner);
  return { clock, claim, settle, release };
}

test("a key is free, held, answered, and free again", () => {
  const { clock, claim, settle, release } = createClocked();
  assert.equal(claim("a"), undefined);
  assert.equal(claim("a")?.answer, "running");
  release("a", "somebody else");
  assert.equal(claim("a")?.answer, "running");
  release("a");
  assert.equal(claim("a"), undefined);
  settle("a", "x", "somebody else");
  assert.equal(claim("a")?.answer, "running");
  settle("a", "x");
  assert.deepEqual(claim("a")?.answer, { status: 200, headers: [], body: "x" });
  release("a");
  assert.notEqual(claim("a"), undefined, "an answered key cannot be released");
  clock.now = 10_000;
  assert.equal(claim("a"), undefined);
});

test("a full store forgets the oldest answers", () => {
  const { claim, settle } = createClocked({ maxKeys: 3 });
  for (const key of ["a", "b", "c", "d"]) {
    assert.equal(claim(key), undefined);
    settle(key);
  }
  for (const key of ["d", "c", "b"]) assert.notEqual(claim(key), undefined, key);
  assert.equal(claim("a"), undefined);
});

test("a store that is full of runs refuses new ones, until one ends or its lease does", () => {
  const { clock, claim, release, settle } = createClocked({ maxKeys: 2 });
  claim("a");
  claim("b");
  assert.throws(
    () => claim("c"),
    (error: HttpError) => error.status === 503,
  );
  assert.equal(claim("a")?.answer, "running");
  release("a");
  assert.equal(claim("c"), undefined);
  settle("c");
  assert.equal(claim("d"), undefined, "an answer makes room");
  clock.now = 1_000;
  assert.equal(claim("e"), undefined, "so does a lease that has ended");
});

test("bytes are bounded; what is larger than all room is known, not kept", () => {
  const { claim, settle } = createClocked({ maxBytes: 10 });
  for (const [key, body] of [
    ["a", "xxxx"],
    ["b", "éé"],
    ["c", "xxxx"],
  ] as const) {
    claim(key);
    settle(key, body);
  }
  assert.equal(claim("a"), undefined);
  assert.notEqual(claim("b"), undefined);
  claim("big");
  settle("big", "x".repeat(11));
  assert.equal(claim("big")?.answer, "not-kept");
  assert.notEqual(claim("c"), undefined, "and takes no room from others");
});

test("keys that are names of members are keys like others", () => {
  const { claim } = createClocked();
  for (const key of ["__proto__", "constructor"]) assert.equal(claim(key), undefined);
});
