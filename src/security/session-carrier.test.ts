/** Sessions in a store: what it is asked for, what it never sees, and what happens when it fails. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Browser, createClock } from "../../test/journey/session-browser.ts";
import { ResponseHead } from "../http/response-head.ts";
import { createMemorySessionStore } from "./memory-session-store.ts";
import type { Session } from "./request-session.ts";
import type { SessionStore } from "./session-store.ts";
import { session } from "./session.ts";

/** A store that tells what was asked of it. */
function watch(hasTouch = true): {
  readonly store: SessionStore;
  readonly calls: string[];
  readonly ids: Set<string>;
} {
  const memory = createMemorySessionStore({ clock: () => 0 });
  const calls: string[] = [];
  const ids = new Set<string>();
  const note = (name: string, id: string): string => {
    calls.push(name);
    ids.add(id);
    return id;
  };
  const store: SessionStore = {
    read: async (id) => memory.read(note("read", id)),
    write: async (id, written) => memory.write(note(written.isNew ? "create" : "write", id), written),
    delete: async (id) => memory.delete(note("delete", id)),
    ...(hasTouch && { touch: async (id, expires) => memory.touch(note("touch", id), expires) }),
  };
  return { store, calls, ids };
}

test("is asked only for what is needed", async () => {
  const time = createClock();
  const { store, calls } = watch();
  const used = session({ store, clock: time.clock });
  const browser = new Browser();
  const expect = (expected: readonly string[]): void => assert.deepEqual(calls.splice(0), expected);
  await browser.visit(used);
  expect([]);
  await browser.visit(used, (own) => {
    own.set("a", 1);
    own.set("b", 1);
  });
  expect(["create"]);
  await browser.visit(used);
  expect(["read"]);
  await browser.visit(used, (own) => own.set("a", 2));
  expect(["read", "write"]);
  time.seconds += 500_000;
  await browser.visit(used);
  expect(["read", "touch"]);
  assert.equal((await browser.visit(used)).get("a"), 2);
  await browser.visit(used, (own) => own.regenerate());
  expect(["read", "read", "create", "delete"]);
  await browser.visit(used, (own) => {
    own.destroy();
    own.set("c", 1);
  });
  expect(["read", "create", "delete"]);
  await browser.visit(used, (own) => own.clear());
  expect(["read", "delete"]);
  await browser.visit(used, (own) => {
    own.set("a", 1);
    own.destroy();
  });
  expect([]);
});

test("that cannot touch is written to", async () => {
  const time = createClock();
  const { store, calls } = watch(false);
  const used = session({ store, clock: time.clock });
  const browser = new Browser();
  await browser.visit(used, (own) => own.set("a", 1));
  time.seconds += 500_000;
  assert.equal((await browser.visit(used)).get("a"), 1);
  assert.deepEqual(calls, ["create", "read", "write"]);
  assert.equal((await browser.visit(used)).get("a"), 1);
});

test("never sees an id, and ids are long and never taken from a client", async () => {
  const { store, ids } = watch();
  const browser = new Browser();
  const chosen = "A".repeat(43);
  browser.cookie = `__Host-session=${chosen}`;
  await browser.visit(session({ store }), (own) => own.set("a", 1));
  assert.match(browser.value, /^[\w-]{43}$/);
  assert.notEqual(browser.value, chosen);
  assert.ok(!ids.has(browser.value) && !ids.has(chosen));
  for (const id of ids) assert.match(id, /^[\w-]{43}$/);
});

test("a new id takes the old one away from whoever knew it", async () => {
  const used = session({ store: createMemorySessionStore() });
  const victim = new Browser();
  await victim.visit(used, (own) => own.set("lang", "de"));
  const attacker = new Browser();
  attacker.cookie = victim.cookie;
  await victim.visit(used, (own) => {
    own.regenerate();
    own.set("user", 1);
  });
  assert.notEqual(attacker.cookie, victim.cookie);
  assert.equal((await attacker.visit(used)).isNew, true);
  assert.deepEqual((await victim.visit(used)).data, { lang: "de", user: 1 });
});

test("a request that was under way does not bring back what another one ended", async () => {
  const used = session({ store: createMemorySessionStore() });
  const browser = new Browser();
  await browser.visit(used, (own) => own.set("user", 1));
  const slow = new Browser();
  slow.cookie = browser.cookie;
  const response = new ResponseHead();
  const run = used.provide({
    request: { headers: { get: () => slow.cookie } },
    response,
  } as never) as AsyncGenerator<Session>;
  const { value: own } = await run.next();
  await browser.visit(used, (ended) => ended.destroy());
  (own as Session).set("late", 1);
  await run.next();
  assert.equal((await slow.visit(used)).isNew, true);
});

test("what it holds is not trusted to be whole", async () => {
  for (const data of ["", "{}", "[]", '[1,"x"]', "[null,{}]", '["1",{}]', "[1.5,{}]", "[1,[]]"]) {
    const store: SessionStore = { read: () => ({ data, expires: 9e9 }), write: () => {}, delete: () => {} };
    const browser = new Browser();
    browser.cookie = `__Host-session=${"A".repeat(43)}`;
    assert.equal((await browser.visit(session({ store }))).isNew, true, data);
  }
});

test("its failure is the request's, not a logout", async () => {
  const store: SessionStore = {
    read: () => Promise.reject(new Error("down")),
    write: () => Promise.reject(new Error("full")),
    delete: () => {},
  };
  const browser = new Browser();
  await assert.rejects(
    browser.visit(session({ store }), (own) => own.set("a", 1)),
    /full/,
  );
  browser.cookie = `__Host-session=${"A".repeat(43)}`;
  await assert.rejects(browser.visit(session({ store })), /down/);
});
