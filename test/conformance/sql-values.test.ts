/** Values, long results and streams: the same on every database, but for what SQLite has no type for. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { openDatabase } from "apus/sql";
import { onEach, openFilled } from "./sql-dialects.ts";

interface Kinds {
  value: {
    id: number;
    whole: number | bigint;
    real: number;
    flag: boolean | number;
    bytes: Uint8Array | null;
    moment: Date | string;
    day: string;
  };
}

onEach("numbers, integers beyond them, bytes, moments and null come back", async ({ url, kind }) => {
  await using opened = await openDatabase<Kinds>({ url });
  const isPostgres = kind === "postgres";
  const types = isPostgres
    ? "whole bigint, real double precision, flag boolean, bytes bytea, moment timestamptz, day date"
    : "whole integer, real real, flag integer, bytes blob, moment text, day text";
  await opened.execute(`create table value (id integer primary key, ${types})`);
  const bytes = randomBytes(1_000);
  const moment = new Date("2026-11-23T10:11:12.345Z");
  const wholes = [0, -7, Number.MAX_SAFE_INTEGER, 9_007_199_254_740_993n, -(2n ** 63n)];
  for (const [index, whole] of wholes.entries()) {
    const given = {
      id: index,
      whole,
      real: 0.1,
      flag: true,
      bytes: index === 0 ? null : bytes,
      moment,
      day: "2026-11-23",
    };
    const row = await opened.insertInto("value").values(given).returningAll().executeTakeFirstOrThrow();
    const read = await opened.selectFrom("value").selectAll().where("id", "=", index).executeTakeFirstOrThrow();
    for (const found of [row, read]) {
      assert.equal(found.whole, whole);
      assert.equal(found.real, 0.1);
      assert.equal(found.flag, isPostgres ? true : 1);
      assert.deepEqual(found.bytes === null ? null : Buffer.from(found.bytes), given.bytes);
      assert.deepEqual(found.moment, isPostgres ? moment : moment.toISOString());
      assert.equal(found.day, "2026-11-23");
      assert.equal(Object.getPrototypeOf(found), Object.prototype);
    }
  }
  const { rows } = await opened.execute("select count(*) as total, null as missing from value");
  assert.deepEqual(rows, [{ total: 5, missing: null }]);
  if (isPostgres) return;
  assert.deepEqual((await opened.execute("select ? as text", ["a\0b"])).rows, [{ text: "a\0b" }]);
  // What cannot be sent to a thread, and what SQLite cannot be given, fails alone.
  const [first, second, third] = await Promise.allSettled([
    opened.execute("select ? as one", [() => 1]),
    opened.execute("select ? as one", [{}]),
    opened.execute("select ? as one", [1]),
  ]);
  await assert.rejects(opened.execute("select ? as one", [[1]]), /JSON\.stringify/);
  assert.deepEqual([first.status, second.status, third.status], ["rejected", "rejected", "fulfilled"]);
});

onEach("statements tell what they changed", async (empty) => {
  await using opened = await openFilled(empty);
  const changed = await opened.updateTable("item").set({ amount: 3 }).where("id", "<", 4).executeTakeFirstOrThrow();
  assert.equal(changed.numUpdatedRows, 3n);
  const gone = await opened.deleteFrom("item").where("id", "=", 77).executeTakeFirstOrThrow();
  assert.equal(gone.numDeletedRows, 0n);
  await opened.execute("update item set amount = 1; update item set amount = amount + 1;");
  const { rows } = await opened.execute("select sum(amount) as total from item; -- the end");
  assert.deepEqual(rows, [{ total: 10 }]);
});

onEach("a long result is complete", async (empty) => {
  await using opened = await openFilled(empty, { rows: 5_001 });
  const all = await opened.selectFrom("item").selectAll().orderBy("id").execute();
  assert.equal(all.length, 5_001);
  assert.deepEqual(
    all.map(({ id }) => id),
    Array.from({ length: 5_001 }, (_, index) => index + 1),
  );
  const both = await Promise.all([1, 2].map(() => opened.execute("select id from item")));
  assert.deepEqual(
    both.map(({ rows }) => rows.length),
    [5_001, 5_001],
  );
});

onEach("rows stream in order, as slowly as they are read, and end early", async (empty) => {
  await using opened = await openFilled(empty, { rows: 1_000, connections: 2 });
  const query = opened.selectFrom("item").select("id").where("id", ">", 1).orderBy("id");
  const seen: number[] = [];
  for await (const { id } of query.stream(7)) {
    seen.push(id);
    // The database serves others meanwhile.
    if (seen.length % 100 === 0) await opened.updateTable("item").set({ amount: 1 }).where("id", "=", 1).execute();
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 999 }, (_, index) => index + 2),
  );
  for (let round = 0; round < 40; round += 1) {
    for await (const { id } of query.stream(10)) if (id > 12) break;
  }
  const failing = async (): Promise<void> => {
    for await (const _ of query.stream(10)) throw new Error("reader");
  };
  await assert.rejects(failing(), /reader/);
  await opened.transaction(async (own) => {
    let total = 0;
    for await (const { id } of own.selectFrom("item").select("id").orderBy("id").stream(50)) {
      total += 1;
      if (total % 300 === 0) await own.deleteFrom("item").where("id", "=", id).execute();
    }
    assert.equal(total, 1_000);
    for await (const _ of own.selectFrom("item").select("id").stream(50)) break;
  });
  assert.equal(opened.stats().busy, 0);
  await assert.rejects(async () => {
    for await (const _ of opened
      .selectFrom("nowhere" as "item")
      .selectAll()
      .stream(2))
      break;
  });
  assert.equal(opened.stats().busy, 0);
});
