/** Sessions and transactions: the same promises on every database. */

import assert from "node:assert/strict";
import { App, HttpError, fail } from "apus";
import { database, isSqlSession, isUniqueViolation, session, transaction, type DatabaseSession } from "apus/sql";
import { testClient } from "apus/testing";
import { count, fill, onEach, openFilled, type Tables } from "./sql-dialects.ts";

const row = (id: number, title = `new ${id}`): Tables["item"] => ({ id, title, amount: 1, note: null });
const post = { method: "POST" };

onEach("a block is committed when it returns, and taken back when it throws", async (empty) => {
  await using opened = await openFilled(empty);
  const given = await opened.transaction(async (own) => {
    await own.insertInto("item").values(row(6)).execute();
    return "done";
  });
  assert.equal(given, "done");
  const failed = opened.transaction(async (own) => {
    await own.insertInto("item").values(row(7)).execute();
    throw new Error("no");
  });
  await assert.rejects(failed, /^Error: no$/);
  assert.equal(await count(opened), 6);
  assert.equal(opened.stats().busy, 0);
});

onEach("savepoints take back their own part only", async (empty) => {
  await using opened = await openFilled(empty);
  const hooks: string[] = [];
  await opened.transaction(async (outer) => {
    outer.afterCommit(() => hooks.push("outer"));
    await outer.insertInto("item").values(row(6)).execute();
    const refused = outer.transaction(async (inner) => {
      inner.afterCommit(() => hooks.push("refused"));
      await inner.insertInto("item").values(row(7)).execute();
      await inner.insertInto("item").values(row(8, "item 1")).execute();
    });
    await assert.rejects(refused, isUniqueViolation);
    await outer.transaction(async (inner) => {
      inner.afterCommit(() => hooks.push("kept"));
      await inner.insertInto("item").values(row(9)).execute();
      await inner.transaction((third) => third.deleteFrom("item").where("id", "=", 1).execute());
    });
    assert.deepEqual(hooks, []);
  });
  assert.deepEqual(hooks, ["outer", "kept"]);
  const ids = await opened.selectFrom("item").select("id").orderBy("id").execute();
  assert.deepEqual(
    ids.map(({ id }) => id),
    [2, 3, 4, 5, 6, 9],
  );
});

onEach("blocks of one session do not cross, and their sessions end with them", async (empty) => {
  await using opened = await openFilled(empty);
  let left: DatabaseSession<Tables> | undefined;
  await opened.transaction(async (outer) => {
    await outer.transaction(async (inner) => {
      left = inner;
      await assert.rejects(
        outer.transaction(async () => 1),
        { code: "APUS_SQL_SESSION" },
      );
      await inner.insertInto("item").values(row(6)).execute();
    });
    await assert.rejects(left?.execute("select 1") ?? Promise.resolve(), { code: "APUS_SQL_SESSION" });
  });
  await assert.rejects(left?.execute("select 1") ?? Promise.resolve(), { code: "APUS_SQL_SESSION" });
  assert.equal(await count(opened), 6);
});

onEach("a session runs statements as text, for modules that know nothing of Kysely", async (empty) => {
  await using opened = await openFilled(empty);
  await opened.transaction(async (own) => {
    assert.ok(isSqlSession(own));
    assert.ok(!isSqlSession(opened));
    assert.equal(own.dialect, empty.kind === "postgres" ? "postgres" : "sqlite");
    const place = own.dialect === "postgres" ? "$1" : "?";
    await own.execute(`insert into item values (6, ${place}, 1, null)`, ["six"]);
    const { rows } = await own.execute(`select title from item where title = ${place}`, ["six"]);
    assert.deepEqual(rows, [{ title: "six" }]);
    await assert.rejects(own.execute("commit"), { code: "APUS_SQL_SESSION" });
    const amounts = await own.sql<{ total: number }>`select sum(amount) as total from item`.execute(own);
    assert.deepEqual(amounts.rows, [{ total: 51 }]);
  });
  await assert.rejects(opened.execute("begin"), { code: "APUS_SQL_SESSION" });
});

onEach("read-only refuses changes and leaves nothing behind", async (empty) => {
  await using opened = await openFilled(empty);
  for (let round = 0; round < 3; round += 1) {
    const refused = opened.transaction((own) => own.insertInto("item").values(row(6)).execute(), { readOnly: true });
    await assert.rejects(refused, /read-?only/i);
    const read = await opened.transaction((own) => own.selectFrom("item").selectAll().execute(), { readOnly: true });
    assert.equal(read.length, 5);
    await opened
      .insertInto("item")
      .values(row(10 + round))
      .execute();
    await opened.deleteFrom("item").where("id", ">=", 10).execute();
  }
  assert.equal(await count(opened), 5);
});

for (const lazy of [true, false]) {
  const name = lazy ? "session()" : "transaction()";

  onEach(`${name}: committed before the answer, rolled back by an error, refused afterwards`, async ({ url }) => {
    const db = database<Tables>({ url });
    const own = lazy ? session(db) : transaction(db);
    const app = new App({ log: false });
    const kept: DatabaseSession<Tables>[] = [];
    const hooks: string[] = [];
    app.post("/fill", { use: { db } }, (input) => fill(input.db));
    app.post("/items/{id:int}", { use: { own } }, async (input) => {
      kept.push(input.own);
      input.own.afterCommit(() => hooks.push("committed"));
      await input.own.insertInto("item").values(row(input.path.id)).execute();
      if (input.path.id > 90) fail(409);
      return "made";
    });
    app.get("/items", { use: { db } }, (input) => count(input.db));
    app.get("/stats", { use: { db } }, (input) => input.db.stats());
    app.get("/untouched", { use: { own } }, () => "nothing");
    app.get("/late", { use: { own } }, async function* (input) {
      yield { count: (await input.own.selectFrom("item").selectAll().execute()).length };
      yield await input.own.selectFrom("item").selectAll().execute();
    });
    await using client = await testClient(app);
    await client.fetch("/fill", post);
    assert.equal((await client.fetch("/items/6", post)).status, 200);
    assert.equal((await client.fetch("/items/91", post)).status, 409);
    assert.equal((await client.fetch("/items/6", post)).status, 500);
    assert.deepEqual(hooks, ["committed"]);
    assert.equal(await (await client.fetch("/items")).json(), 6);
    assert.equal((await client.fetch("/untouched")).status, 200);
    await assert.rejects(kept[0]?.execute("select 1") ?? Promise.resolve(), { code: "APUS_SQL_SESSION" });
    await assert.rejects((await client.fetch("/late")).text());
    assert.equal(((await (await client.fetch("/stats")).json()) as { busy: number }).busy, 0);
  });
}

onEach("a commit that fails is an error, and no answer", async ({ url }) => {
  const db = database<Tables>({ url });
  const own = session(db);
  const app = new App({ log: false });
  const deferred = "references parent (id) deferrable initially deferred";
  app.post("/fill", { use: { db } }, async (input) => {
    await input.db.execute("create table parent (id integer primary key)");
    await input.db.execute(`create table child (id integer primary key, parent integer ${deferred})`);
  });
  const hooks: string[] = [];
  app.post("/child", { use: { own } }, async (input) => {
    input.own.afterCommit(() => hooks.push("never"));
    await input.own.execute("insert into child values (1, 7)");
    return "kept";
  });
  app.get("/children", { use: { db } }, async (input) => (await input.db.execute("select * from child")).rows);
  await using client = await testClient(app);
  await client.fetch("/fill", post);
  for (let round = 0; round < 3; round += 1) assert.equal((await client.fetch("/child", post)).status, 500);
  assert.deepEqual(await (await client.fetch("/children")).json(), []);
  assert.deepEqual(hooks, []);
});

onEach("an error that was caught does not become a commit of half a transaction", async (empty) => {
  await using opened = await openFilled(empty);
  const run = opened.transaction(async (own) => {
    await own.insertInto("item").values(row(6)).execute();
    await own
      .insertInto("item")
      .values(row(6))
      .execute()
      .catch(() => {});
  });
  if (empty.kind === "postgres") await assert.rejects(run, /rolled back instead of committed/);
  else await run;
  assert.equal(await count(opened), empty.kind === "postgres" ? 5 : 6);
});

onEach("what is not awaited runs before the commit, or not at all", async (empty) => {
  await using opened = await openFilled(empty);
  await opened.transaction(async (own) => {
    void own.insertInto("item").values(row(6)).execute();
    void own.insertInto("item").values(row(7)).execute();
  });
  assert.equal(await count(opened), 7);
});

onEach("Kysely's own transactions work, too", async (empty) => {
  await using opened = await openFilled(empty);
  await opened.transaction().execute((own) => own.insertInto("item").values(row(6)).execute());
  const own = await opened.startTransaction().execute();
  await own.insertInto("item").values(row(7)).execute();
  const saved = await own.savepoint("here").execute();
  await saved.insertInto("item").values(row(8)).execute();
  await saved.rollbackToSavepoint("here").execute();
  await own.commit().execute();
  const other = await opened.startTransaction().execute();
  await other.insertInto("item").values(row(9)).execute();
  await other.rollback().execute();
  assert.equal(await count(opened), 7);
  assert.equal(opened.stats().busy, 0);
});

onEach("1,000 transactions that end in every way leave no connection behind", async (empty) => {
  await using opened = await openFilled(empty, { connections: 4 });
  const ends: readonly ((own: DatabaseSession<Tables>, signal: AbortController) => Promise<unknown>)[] = [
    async (own) => own.selectFrom("item").selectAll().execute(),
    async () => {
      throw new HttpError(409);
    },
    async (own) => own.execute("select * from nowhere"),
    async (own) => own.insertInto("item").values(row(1)).execute(),
    async (_own, leaving) => leaving.abort(new Error("gone")),
    async (own, leaving) => {
      const running = own.selectFrom("item").selectAll().execute();
      leaving.abort(new Error("gone"));
      await running;
    },
    async (own) => own.transaction((inner) => inner.insertInto("item").values(row(2)).execute()),
    async (own) => {
      for await (const _ of own.selectFrom("item").selectAll().stream(2)) break;
    },
    async (own) => {
      void own.execute("select * from nowhere").catch(() => {});
    },
  ];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1_000 }, (_, index) => {
      const leaving = new AbortController();
      const end = ends[index % ends.length] ?? (async () => {});
      return opened.transaction((own) => end(own, leaving), { signal: leaving.signal, retries: 0 });
    }),
  );
  assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
  assert.deepEqual([opened.stats().busy, opened.stats().waiting], [0, 0]);
  assert.equal(await count(opened), 5);
  await opened.check();
});
