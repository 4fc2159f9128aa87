/** Limits of a database: queues, clients that go, servers that go, and others that are in the way. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { App, HttpError, fail } from "apus";
import { timeLimit } from "apus/middleware/time-limit";
import { database, openDatabase, session, transaction } from "apus/sql";
import { testClient } from "apus/testing";
import { Client } from "pg";
import { RawConnection } from "../journey/raw-connection.ts";
import { count, onEach, openFilled, until, type Tables } from "./sql-dialects.ts";

const post = { method: "POST" };

for (const way of ["session", "transaction"] as const) {
  onEach(
    `200 orders at once on a stock of 100 sell exactly 100: ${way}()`,
    async (empty) => {
      {
        await using opened = await openFilled(empty);
        await opened.updateTable("item").set({ amount: 100 }).where("id", "=", 1).execute();
      }
      const db = database<Tables>({ url: empty.url });
      const own = way === "session" ? session(db) : transaction(db);
      const app = new App({ log: false });
      let orders = 0;
      app.post("/orders", { use: { own } }, async (input) => {
        const sold = await input.own
          .updateTable("item")
          .set((build) => ({ amount: build("amount", "-", 1) }))
          .where("id", "=", 1)
          .where("amount", ">", 0)
          .executeTakeFirstOrThrow();
        if (sold.numUpdatedRows === 0n) fail(409, "Sold out.");
        orders += 1;
        const id = 1_000 + orders;
        await input.own
          .insertInto("item")
          .values({ id, title: `order ${id}`, amount: 0, note: null })
          .execute();
        return "sold";
      });
      await using client = await testClient(app);
      const answers = await Promise.all(Array.from({ length: 200 }, () => client.fetch("/orders", post)));
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 100);
      assert.equal(statuses.filter((status) => status === 409).length, 100);
      await using opened = await openDatabase<Tables>({ url: empty.url });
      assert.equal(await count(opened), 105);
      const left = await opened.selectFrom("item").select("amount").where("id", "=", 1).executeTakeFirstOrThrow();
      assert.equal(left.amount, 0);
    },
    ["file", "postgres"],
  );
}

onEach("blocks that read and then write are tried again until each has counted", async (empty) => {
  await using opened = await openFilled(empty);
  const add = (): Promise<unknown> =>
    opened.transaction(
      async (own) => {
        const { amount } = await own.selectFrom("item").select("amount").where("id", "=", 1).executeTakeFirstOrThrow();
        await own
          .updateTable("item")
          .set({ amount: amount + 1 })
          .where("id", "=", 1)
          .execute();
      },
      { isolation: "serializable", retries: 100 },
    );
  await Promise.all(Array.from({ length: 20 }, add));
  const { amount } = await opened.selectFrom("item").select("amount").where("id", "=", 1).executeTakeFirstOrThrow();
  assert.equal(amount, 30);
});

onEach(
  "who waits for a connection for too long is told 503, how long it was, and when to come again",
  async (empty) => {
    await using opened = await openFilled(empty, { connections: 1, queueTimeout: 50, maxWaiting: 1 });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const holding = opened.transaction(async (own) => {
      await own.execute("select 1");
      begin();
      await held;
    });
    await begun;
    const waits = opened.transaction(async () => 1);
    await assert.rejects(
      opened.transaction(async () => 2),
      /too many wait/,
    );
    await assert.rejects(waits, (error) => {
      assert.ok(error instanceof HttpError);
      assert.equal(error.status, 503);
      assert.equal(error.headers["retry-after"], "1");
      assert.ok(Number(error.problem["waited"]) >= 40);
      return true;
    });
    release();
    await holding;
    assert.equal(await opened.transaction(async () => 3), 3);
  },
);

onEach("a client that has gone is not waited for, and its place in the queue is free", async (empty) => {
  await using opened = await openFilled(empty, { connections: 1 });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const holding = opened.transaction(async () => held);
  await until(() => empty.kind !== "postgres" || opened.stats().busy === 1);
  const leaving = new AbortController();
  const waits = opened.transaction(async () => 1, { signal: leaving.signal });
  await until(() => opened.stats().waiting === 1);
  leaving.abort(new Error("gone"));
  await assert.rejects(waits, /^Error: gone$/);
  assert.equal(opened.stats().waiting, 0);
  release();
  await holding;
});

onEach(
  "a client that leaves in the middle of a handler has its transaction rolled back, although the handler goes on",
  async ({ url }) => {
    const db = database<Tables>({ url, connections: 1 });
    const app = new App({ log: false });
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
    const told: string[] = [];
    app.post("/waits", { use: { own: transaction(db) } }, async (input) => {
      await input.own.execute("create table half (id integer)");
      const { promise: gone, resolve } = Promise.withResolvers<unknown>();
      input.signal.addEventListener("abort", resolve);
      enter();
      await Promise.all([gone, left]);
      await input.own.execute("insert into half values (1)").catch((error: Error) => told.push(error.name));
      return "never";
    });
    app.get("/tables", { use: { db } }, async (input) => (await input.db.introspection.getTables()).length);
    await using client = await testClient(app, { socket: true });
    await using leaving = await RawConnection.open(client.baseUrl);
    await leaving.send("POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await entered;
    leaving.reset();
    // One connection: this is answered because the handler has lost it.
    assert.equal(await (await client.fetch("/tables")).json(), 0);
    leave();
    await until(() => told.length > 0);
    assert.deepEqual(told, ["ClientGoneError"]);
  },
);

onEach(
  "a client that leaves pg_sleep(30) frees its connection at once",
  async ({ url }) => {
    const db = database<Tables>({ url, connections: 1 });
    const app = new App({ log: false });
    app.get("/alone", { use: { db } }, async (input) => (await input.db.execute("select pg_sleep(30)")).rows);
    app.get(
      "/within",
      { use: { own: session(db) } },
      async (input) => (await input.own.execute("select pg_sleep(30)")).rows,
    );
    app.get("/one", { use: { db } }, async (input) => (await input.db.execute("select 1 as one")).rows);
    await using client = await testClient(app, { socket: true });
    for (const path of ["/alone", "/within"]) {
      await using leaving = await RawConnection.open(client.baseUrl);
      await leaving.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await until(async () => (await sleepers(url)) === 1);
      leaving.reset();
      // The only connection there may be; without the cancellation this would be a 503 after five seconds.
      assert.deepEqual(await (await client.fetch("/one")).json(), [{ one: 1 }]);
      await until(async () => (await sleepers(url)) === 0);
    }
  },
  ["postgres"],
);

async function sleepers(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const text =
    "select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%' and datname = current_database()";
  const { rowCount } = await client.query(text);
  await client.end();
  return rowCount ?? 0;
}

onEach(
  "a time limit cancels the statement, and the server was told of it",
  async ({ url }) => {
    const db = database<Tables>({ url, connections: 1 });
    const app = new App({ log: false });
    app.use(timeLimit({ after: 1_500, onLateError: () => {} }));
    app.get("/sleep", { use: { db } }, async (input) => (await input.db.execute("select pg_sleep(30)")).rows);
    app.get("/limit", { use: { db } }, async (input) => (await input.db.execute("show statement_timeout")).rows);
    await using client = await testClient(app);
    assert.match(await (await client.fetch("/limit")).text(), /"statement_timeout":"[12]s"/);
    assert.equal((await client.fetch("/sleep")).status, 503);
    assert.match(await (await client.fetch("/limit")).text(), /"statement_timeout":"[12]s"/);
    await using other = await openDatabase({ url, statementTimeout: 50 });
    await assert.rejects(other.execute("select pg_sleep(30)"), { code: "57014" });
  },
  ["postgres"],
);

onEach(
  "every connection killed in the middle: errors meanwhile, and it recovers by itself",
  async ({ url }) => {
    const db = database<Tables>({ url, connections: 5 });
    const app = new App({ log: false });
    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    app.post("/change", { use: { own: transaction(db) } }, async (input) => {
      await input.own.execute("create table if not exists half (id integer)");
      await input.own.execute("insert into half values (1)");
      await input.own.execute("select pg_sleep(30)");
    });
    app.get("/one", { use: { db } }, async (input) => (await input.db.execute("select 1 as one")).rows);
    await using client = await testClient(app);
    assert.equal((await client.fetch("/one")).status, 200);
    const running = client.fetch("/change", post);
    await until(async () => (await sleepers(url)) === 1);
    const killer = new Client({ connectionString: url });
    await killer.connect();
    await killer.query(kill);
    const answer = await running;
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "1");
    await until(async () => (await client.fetch("/one")).status === 200);
    const { rows } = await killer.query("select to_regclass('half') as found");
    assert.deepEqual(rows, [{ found: null }]);
    await killer.end();
  },
  ["postgres"],
);

onEach(
  "a server that is not there: the app starts, answers 503, and check() says so",
  async () => {
    const db = database<Tables>({ url: "postgres://nobody@127.0.0.1:1/nothing" });
    const app = new App({ log: false });
    app.get("/one", { use: { own: session(db) } }, async (input) => (await input.own.execute("select 1")).rows);
    app.get("/ready", { use: { db } }, (input) => input.db.check());
    await using client = await testClient(app);
    for (const path of ["/one", "/ready"]) {
      const answer = await client.fetch(path);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "1");
    }
  },
  ["memory"],
);

onEach("a check answers, and figures add up", async (empty) => {
  await using opened = await openFilled(empty);
  await opened.check();
  const { size, idle, busy, waiting } = opened.stats();
  assert.ok(size > 0);
  assert.deepEqual([idle, busy, waiting], [size, 0, 0]);
  await opened.destroy();
  await assert.rejects(opened.check(), { status: 503 });
  await opened.destroy();
});

onEach(
  "another process that holds the file: tried again, then 503",
  async (empty) => {
    await using opened = await openFilled(empty, { busyTimeout: 20 });
    const other = new DatabaseSync(empty.url.slice("sqlite:".length));
    other.exec("begin immediate");
    const insert = (retries: number): Promise<unknown> =>
      opened.transaction((own) => own.execute("update item set amount = 0"), { retries });
    await assert.rejects(insert(0), { status: 503 });
    const waiting = insert(100);
    setTimeout(() => other.exec("commit"), 60);
    await waiting;
    other.close();
  },
  ["file"],
);
