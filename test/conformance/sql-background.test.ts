/** What is done after the answer has left: no time limit and no client that goes ends its statements; those before it, they do. */

import assert from "node:assert/strict";
import { App, dependency, fail } from "apus";
import { timeLimit } from "apus/middleware/time-limit";
import { database, type Database } from "apus/sql";
import { testClient } from "apus/testing";
import { RawConnection } from "../journey/raw-connection.ts";
import { onEach, openFilled, until, type EmptyDatabase, type Tables } from "./sql-dialects.ts";

async function create(empty: EmptyDatabase): Promise<ReturnType<typeof database<Tables>>> {
  await (await openFilled(empty)).destroy();
  return database<Tables>({ url: empty.url });
}

const showTimeout = async (shop: Pick<Database<Tables>, "execute">): Promise<unknown> =>
  (await shop.execute("show statement_timeout")).rows[0];

onEach(
  "a background task's statements outlast the deadline of its request",
  async (empty) => {
    const app = new App({ log: false });
    const db = await create(empty);
    app.use(timeLimit({ after: 1_500 }));
    const told: unknown[] = [];
    // Its clean-up runs behind the task.
    const cleaned = dependency({ use: { db } }, async function* (input) {
      yield input.db;
      await input.db.execute("update item set amount = amount + 1 where id = 1");
    });
    app.get("/later", { use: { cleaned } }, (input) => {
      input.background(async () => {
        const shop = input.cleaned;
        // The server was told of the deadline by the first one, and must not hold it against these.
        told.push(await showTimeout(shop));
        await shop.transaction((own) => own.execute("select pg_sleep(1.7)"));
        told.push("slept");
      });
      return showTimeout(input.cleaned);
    });
    app.get("/amount", { use: { db } }, async (input) => {
      const rows = await input.db.selectFrom("item").select("amount").where("id", "=", 1).execute();
      return rows[0]?.amount;
    });
    await using client = await testClient(app, { socket: true });
    assert.match(await (await client.fetch("/later")).text(), /[12]s/);
    await until(async () => (await (await client.fetch("/amount")).json()) === 11);
    assert.deepEqual(told, [{ statement_timeout: "0" }, "slept"]);
  },
  ["postgres"],
);

onEach(
  "a client that leaves while the answer is written does not end what comes behind it",
  async (empty) => {
    const app = new App({ log: false });
    const db = await create(empty);
    const told: unknown[] = [];
    app.get("/stream", { use: { db } }, async function* (input) {
      input.background(async () => void told.push((await input.db.execute("select 1 as one")).rows[0]));
      for (;;) yield "x".repeat(100_000);
    });
    await using client = await testClient(app, { socket: true });
    await using leaving = await RawConnection.open(client.baseUrl);
    await leaving.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    await leaving.until("xxx");
    leaving.reset();
    await until(() => told.length > 0);
    assert.deepEqual(told, [{ one: 1 }]);
  },
  ["file", "postgres"],
);

onEach(
  "a handler that goes on after its time was up gets no statement through",
  async (empty) => {
    const app = new App({ log: false });
    const db = await create(empty);
    app.use(timeLimit({ after: 50, onLateError: () => {} }));
    const { promise: answered, resolve: goOn } = Promise.withResolvers<void>();
    const told: unknown[] = [];
    app.get("/slow", { use: { db } }, async (input) => {
      await answered;
      await input.db.execute("select 1").catch((error: Error) => told.push(error));
      told.push("over");
      fail(500, "late");
    });
    await using client = await testClient(app, { socket: true });
    assert.equal((await client.fetch("/slow")).status, 503);
    goOn();
    await until(() => told.includes("over"));
    assert.equal(told.length, 2);
  },
  ["file", "postgres"],
);
