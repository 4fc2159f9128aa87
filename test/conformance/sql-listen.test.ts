/** LISTEN and NOTIFY: one connection for all, that ends with the last reader and comes back when it is lost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { database, openDatabase, type Database, type DatabaseNotifications } from "apus/sql";
import { testClient } from "apus/testing";
import { z } from "zod";
import { NotificationStream } from "../../src/sql/notification-stream.ts";
import { RawConnection } from "../journey/raw-connection.ts";
import { onEach, openFilled, until } from "./sql-dialects.ts";

type Opened = Pick<Database<unknown>, "execute">;

const notify = (opened: Opened, channel: string, payload: string): Promise<unknown> =>
  opened.execute("select pg_notify($1, $2)", [channel, payload]);

/** The processes of PostgreSQL that listen, or did so last. */
async function listeners(opened: Opened): Promise<readonly unknown[]> {
  const text =
    "select pid from pg_stat_activity where datname = current_database() and query ~ '^(un)?listen' order by pid";
  return (await opened.execute(text)).rows.map(({ pid }) => pid);
}

async function read(notifications: DatabaseNotifications): Promise<string | undefined> {
  const { done, value } = await notifications.next();
  return done === true ? undefined : value.isGap ? "gap" : value.payload;
}

onEach(
  "what is told on a channel comes in order, to each who listens, over one connection",
  async (empty) => {
    await using opened = await openDatabase({ url: empty.url, connections: 1 });
    await using first = opened.listen('Odd "name"');
    await using second = opened.listen('Odd "name"');
    await using other = opened.listen("other");
    await Promise.all([first.ready, second.ready, other.ready]);
    for (const payload of ["1", "2", ""]) await notify(opened, 'Odd "name"', payload);
    await notify(opened, "other", "3");
    for (const one of [first, second])
      assert.deepEqual([await read(one), await read(one), await read(one)], ["1", "2", ""]);
    assert.deepEqual(await other.next(), { done: false, value: { channel: "other", payload: "3", isGap: false } });
    assert.equal((await listeners(opened)).length, 1);
    assert.equal(opened.stats().size, 1);
  },
  ["postgres"],
);

onEach(
  "what is told in a transaction comes with its commit, and never when it is rolled back",
  async (empty) => {
    await using opened = await openDatabase({ url: empty.url });
    await using notifications = opened.listen("orders");
    await notifications.ready;
    const failing = opened.transaction(async (own) => {
      await notify(own, "orders", "never");
      throw new Error("no");
    });
    await assert.rejects(failing, /^Error: no$/);
    await opened.transaction((own) => notify(own, "orders", "committed"));
    assert.equal(await read(notifications), "committed");
  },
  ["postgres"],
);

onEach(
  "the connection goes with the last reader, and comes with the next one",
  async (empty) => {
    await using opened = await openDatabase({ url: empty.url });
    const [first, second] = [opened.listen("one"), opened.listen("two")];
    await Promise.all([first.ready, second.ready]);
    const waiting = first.next();
    // It does not wait for the next() that waits.
    assert.deepEqual(await first.return(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await notify(opened, "two", "still");
    assert.equal(await read(second), "still");
    await second.return();
    await until(async () => (await listeners(opened)).length === 0);
    assert.equal(await read(second), undefined);
    // Left and asked for again while the connection is being opened, or closed.
    for (let turn = 0; turn < 5; turn += 1) {
      void opened.listen("one").return();
      await using again = opened.listen("one");
      await again.ready;
      await notify(opened, "one", `turn ${turn}`);
      assert.equal(await read(again), `turn ${turn}`);
    }
    await until(async () => (await listeners(opened)).length === 0);
  },
  ["postgres"],
);

onEach(
  "a connection that is lost comes back, and each reader is told that some may have been missed",
  async (empty) => {
    const lines: string[] = [];
    const note = (message: string): void => void lines.push(message);
    const log = { debug: note, info: note, warn: note, error: note, child: () => log } as never;
    await using opened = await openDatabase({ url: empty.url, log });
    await using notifications = opened.listen("orders");
    await notifications.ready;
    await notify(opened, "orders", "before");
    const [pid] = await listeners(opened);
    await opened.execute("select pg_terminate_backend($1)", [pid]);
    assert.equal(await read(notifications), "before");
    assert.deepEqual(await notifications.next(), {
      done: false,
      value: { channel: "orders", payload: "", isGap: true },
    });
    await notify(opened, "orders", "after");
    assert.equal(await read(notifications), "after");
    assert.deepEqual(lines, [
      "The connection that listens to the database was lost",
      "The database is listened to again",
    ]);
  },
  ["postgres"],
);

onEach(
  "a signal ends it with its reason; the end of the database ends it without",
  async (empty) => {
    const opened = await openDatabase({ url: empty.url });
    const leaving = new AbortController();
    const [left, kept] = [opened.listen("orders", { signal: leaving.signal }), opened.listen("orders")];
    await kept.ready;
    const waiting = left.next();
    leaving.abort(new Error("gone"));
    await assert.rejects(waiting, /^Error: gone$/);
    assert.equal((await left.next()).done, true);
    const late = opened.listen("orders", { signal: leaving.signal });
    await assert.rejects(late.ready, /^Error: gone$/);
    await assert.rejects(late.next(), /^Error: gone$/);
    const ended = kept.next();
    await opened.destroy();
    assert.deepEqual(await ended, { done: true, value: undefined });
    assert.throws(() => opened.listen("orders"), { status: 503 });
  },
  ["postgres"],
);

onEach(
  "a stream of events ends with its client, and with the app",
  async ({ url }) => {
    const db = database({ url });
    const app = new App({ log: false });
    app.get("/events", { use: { db }, events: z.string() }, async function* (input) {
      const notifications = input.db.listen("orders");
      await notifications.ready;
      yield "ready";
      for await (const { payload } of notifications) yield payload;
    });
    app.get("/listeners", { use: { db } }, async (input) => (await listeners(input.db)).length);
    const client = await testClient(app, { socket: true });
    await using watching = await openDatabase({ url });
    {
      await using leaving = await RawConnection.open(client.baseUrl);
      await leaving.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
      await until(async () => (await listeners(watching)).length === 1);
      leaving.reset();
      await until(async () => (await listeners(watching)).length === 0);
    }
    const response = await client.fetch("/events");
    const text = response.text();
    await until(async () => (await listeners(watching)).length === 1);
    await client[Symbol.asyncDispose]();
    assert.match(await text, /data: "?ready/);
    assert.equal((await listeners(watching)).length, 0);
  },
  ["postgres"],
);

test("a server that is not there is asked again, and again, until nobody listens any more", async () => {
  const opened = await openDatabase({ url: "postgres://nobody@127.0.0.1:1/nothing" });
  const notifications = opened.listen("orders");
  const waiting = notifications.next();
  await sleep(20);
  await opened.destroy();
  await notifications.ready;
  assert.equal((await waiting).done, true);
});

onEach("names that no channel can have, and SQLite, are refused", async (empty) => {
  await using opened = await openFilled(empty);
  for (const name of ["", "é".repeat(32), "a\0b", undefined as never]) {
    assert.throws(() => opened.listen(name), { code: "APUS_BAD_OPTION" });
  }
  assert.throws(() => opened.listen("a", { abort: 1 } as never), { code: "APUS_BAD_OPTION" });
  if (empty.kind === "postgres") await opened.listen("é".repeat(31)).return();
  else assert.throws(() => opened.listen("orders"), { code: "APUS_BAD_OPTION", message: /needs PostgreSQL/ });
});

test("of a reader that is too slow everything is dropped, and it is told", async () => {
  const stream = new NotificationStream({ channel: "orders", signal: undefined, onEnd: () => {} });
  stream.begin();
  for (let index = 0; index < 1_002; index += 1) stream.tell(String(index));
  assert.deepEqual([await read(stream), await read(stream)], ["gap", "1001"]);
});
