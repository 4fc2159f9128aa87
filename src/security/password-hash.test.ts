/** Tests of password hashes: what others made is verified, what is malformed or too much work is not computed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { badOption } from "../../test/journey/one-scheme.ts";
import { hashPassword, needsRehash, verifyPassword } from "./password-hash.ts";

const cheap = { memory: 64, passes: 1 };

test("a hash verifies its password and no other", async () => {
  const hash = await hashPassword("correct horse", cheap);
  assert.match(hash, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword("correct horse", hash), true);
  for (const wrong of ["", "correct hors", "correct horse ", "Correct horse"]) {
    assert.equal(await verifyPassword(wrong, hash), false, wrong);
  }
  assert.notEqual(await hashPassword("correct horse", cheap), hash);
});

test("the defaults are those of OWASP", async () => {
  const hash = await hashPassword("pw");
  assert.ok(hash.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  assert.equal(await verifyPassword("pw", hash), true);
  assert.equal(needsRehash(hash), false);
});

test("a hash that the reference implementation made", async () => {
  // argon2 -id: password "password", salt "somesalt", t=2, m=65536, p=1.
  const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  assert.equal(await verifyPassword("password", hash), true);
  assert.equal(await verifyPassword("Password", hash), false);
  assert.equal(needsRehash(hash), true);
});

test("it does not matter how letters are composed", async () => {
  assert.equal(await verifyPassword("cafe\u0301", await hashPassword("caf\u00e9", cheap)), true);
});

test("without a hash it is false, and as much work", async () => {
  assert.equal(await verifyPassword("pw", undefined), false);
  assert.equal(await verifyPassword("", null), false);
});

test("the loop goes on meanwhile", async () => {
  const state = { turns: 0, done: false };
  const work = hashPassword("pw").then(() => (state.done = true));
  while (!state.done) {
    await turn();
    state.turns += 1;
  }
  await work;
  assert.ok(state.turns > 2, `${state.turns} turns`);
});

const good = ["", "argon2id", "v=19", "m=64,t=1,p=1", "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"];
const change = (index: number, text: string): string => good.with(index, text).join("$");

test("what is malformed, or costs too much, is the program's mistake and never computed", async () => {
  for (const hash of [
    "",
    "password",
    "$2b$12$abcdefghijklmnopqrstuuJ8G6SXkRm8kJ0R3ZqQ1K9nq3C5zV8Ce",
    change(0, "x"),
    change(1, "argon2i"),
    change(1, "argon2d"),
    change(2, "v=16"),
    change(3, "m=64,t=1"),
    change(3, "t=1,m=64,p=1"),
    change(3, "m=64,t=1,p=1,x=1"),
    change(3, "m=064,t=1,p=1"),
    change(3, "m=64,t=0,p=1"),
    change(3, "m=-64,t=1,p=1"),
    change(3, "m=1e3,t=1,p=1"),
    change(3, "m=4,t=1,p=1"),
    change(3, "m=262145,t=1,p=1"),
    change(3, "m=4194304,t=1,p=1"),
    change(3, "m=99999999999,t=1,p=1"),
    change(3, "m=64,t=17,p=1"),
    change(3, "m=262144,t=5,p=1"),
    change(3, "m=8192,t=1,p=17"),
    change(4, ""),
    change(4, "c29t"),
    change(4, "c29tZXNhbHQ="),
    change(4, "c29tZXNhb!Q"),
    change(5, ""),
    change(5, "CTFhFdXPJO"),
    `${good.join("$")}$`,
    good.slice(0, 5).join("$"),
    `${good.join("$")}${"A".repeat(300)}`,
    7 as unknown as string,
  ]) {
    const pattern = /verifyPassword\(\) was given a hash/;
    await assert.rejects(
      verifyPassword("s3cr3t", hash),
      (error: Error) => badOption(pattern)(error) && !error.message.includes("s3cr3t"),
      hash,
    );
    assert.equal(needsRehash(hash), true);
  }
});

test("a hash that was made otherwise is to be made anew", async () => {
  const hash = await hashPassword("pw", cheap);
  assert.equal(needsRehash(hash, cheap), false);
  assert.equal(needsRehash(hash), true);
  assert.equal(needsRehash(hash, { ...cheap, passes: 2 }), true);
  assert.equal(needsRehash(hash, { ...cheap, parallelism: 2 }), true);
});

test("options out of bounds are refused", async () => {
  const hash = (options: unknown): Promise<string> => hashPassword("pw", options as object);
  await assert.rejects(hash({ memory: 7 }), badOption(/hashPassword\(\{ memory \}\)/));
  await assert.rejects(hash({ memory: 1_000_000 }), badOption(/memory/));
  await assert.rejects(hash({ memory: 262_144, passes: 5 }), badOption(/passes.*from 1 to 4/));
  await assert.rejects(hash({ parallelism: 0 }), badOption(/parallelism/));
  await assert.rejects(hash({ rounds: 12 }), badOption(/no option "rounds"/));
  assert.throws(() => needsRehash("x", { memory: 7 }), badOption(/needsRehash/));
});
