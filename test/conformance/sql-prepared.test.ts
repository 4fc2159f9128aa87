/** Statements that repeat are prepared, unless that is switched off; what goes wrong with that is nobody's concern. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase, type Database } from "apus/sql";
import { PreparedNames } from "../../src/sql/prepared-names.ts";
import { fill, onEach, type Tables } from "./sql-dialects.ts";

const text = "select * from item where id = $1";

async function prepared(opened: Database<Tables>): Promise<readonly unknown[]> {
  return (await opened.execute("select statement from pg_prepared_statements")).rows.map(({ statement }) => statement);
}

async function repeat(run: () => Promise<unknown>, times = 6): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await run();
}

onEach(
  "a statement that repeats is prepared; one without parameters, or with prepare: false, is not",
  async ({ url }) => {
    await using opened = await openDatabase<Tables>({ url, connections: 1 });
    await fill(opened);
    await repeat(() => opened.execute(text, [1]), 4);
    assert.deepEqual(await prepared(opened), []);
    await repeat(() => opened.execute(text, [1]));
    await repeat(() => opened.execute("select 1 as one; select 2 as two"));
    await repeat(async () => {
      for await (const row of opened.selectFrom("item").selectAll().where("id", ">", 3).stream(1)) assert.ok(row);
    });
    assert.deepEqual(await prepared(opened), [text]);
    await using plain = await openDatabase<Tables>({ url, connections: 1, prepare: false });
    await repeat(() => plain.execute(text, [1]));
    assert.deepEqual(await prepared(plain), []);
    await assert.rejects(openDatabase({ url, prepare: "no" as never }), { code: "APUS_BAD_OPTION" });
  },
  ["postgres"],
);

onEach(
  "a table that was changed: outside of a transaction nobody notices, a block is run again",
  async ({ url }) => {
    await using opened = await openDatabase<Tables>({ url, connections: 1 });
    await using other = await openDatabase<Tables>({ url });
    await fill(opened);
    await repeat(() => opened.execute(text, [1]));
    await other.execute("alter table item add column more integer");
    const [row] = (await opened.execute(text, [1])).rows;
    assert.ok(row !== undefined && "more" in row);
    // The one that was prepared under its next name.
    await repeat(() => opened.execute(text, [1]));
    assert.deepEqual(await prepared(opened), [text, text]);
    await other.execute("alter table item add column most integer");
    let runs = 0;
    const { rows } = await opened.transaction(async (own) => {
      runs += 1;
      return own.execute(text, [1]);
    });
    assert.equal(runs, 2);
    assert.ok(rows[0] !== undefined && "most" in rows[0]);
  },
  ["postgres"],
);

onEach(
  "statements that are gone, as behind a pool that hands connections on: prepared no more",
  async ({ url }) => {
    const lines: string[] = [];
    const log = { debug() {}, info() {}, warn: (message: string) => lines.push(message), error() {}, child: () => log };
    await using opened = await openDatabase<Tables>({ url, connections: 1, log });
    await fill(opened);
    await repeat(() => opened.execute(text, [1]));
    await opened.execute("deallocate all");
    await repeat(async () => assert.equal((await opened.execute(text, [1])).rows.length, 1));
    assert.deepEqual(await prepared(opened), []);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /prepare: false/);
  },
  ["postgres"],
);

onEach(
  "a value that cannot be written takes nothing from those behind it",
  async ({ url }) => {
    await using opened = await openDatabase<Tables>({ url, connections: 1 });
    await fill(opened);
    await repeat(() => opened.execute(text, [1]));
    await assert.rejects(opened.execute(text, [{ big: 1n }]), TypeError);
    await repeat(async () => assert.equal((await opened.execute(text, [1])).rows.length, 1));
    assert.deepEqual(await prepared(opened), [text]);
    await assert.rejects(opened.execute("select nothing from item where id = $1", [1]), { code: "42703" });
  },
  ["postgres"],
);

test("as many as there are names for, and texts that differ each time take none", () => {
  const names = new PreparedNames(() => assert.fail());
  for (let index = 0; index < 5_000; index += 1) assert.equal(names.find(`select ${index}, $1`, [1]), undefined);
  const given = new Set<string | undefined>();
  for (let index = 0; index < 300; index += 1) {
    for (let turn = 0; turn < 5; turn += 1) given.add(names.find(`select $1 + ${index}`, [1]));
  }
  assert.equal(given.size, 1 + 200);
  assert.equal(names.find("x".repeat(5_000), [1]), undefined);
});
