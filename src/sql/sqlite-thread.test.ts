/** SQLite threads: order, loss and ends. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { SqliteThread } from "./sqlite-thread.ts";
import type { Statement } from "./sql-pool.ts";

const folder = mkdtempSync(join(tmpdir(), "apus-thread-"));
const read = (text: string): Statement => ({ text, parameters: [], isRead: true });
const slow =
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) select max(i) as last from n";

after(() => rmSync(folder, { recursive: true, force: true }));

function createThread(file: string): SqliteThread {
  return new SqliteThread({ file, busyTimeout: 1_000, readOnly: false });
}

describe("SqliteThread", () => {
  test("a thread that is lost fails its own calls, and a new one takes over", async () => {
    const thread = createThread(join(folder, "lost.db"));
    await thread.run(0, { text: "create table t (id integer)", parameters: [], isRead: false });
    const before = thread.life;
    const running = thread.run(0, read(slow));
    const lost = assert.rejects(running, { name: "SqliteError", code: "ERR_SQLITE_THREAD" });
    await thread.crash();
    await lost;
    assert.equal(thread.life, before + 1);
    assert.deepEqual((await thread.run(0, read("select count(*) as total from t"))).rows, [{ total: 0 }]);
    await thread.close();
  });

  test("a database in memory is not replaced by an empty one", async () => {
    const thread = createThread(":memory:");
    await thread.run(0, read("select 1"));
    await thread.crash();
    await assert.rejects(thread.run(0, read("select 1")), { code: "ERR_SQLITE_THREAD" });
    await thread.close();
  });

  test("calls of one turn are answered in order, each by its own outcome", async () => {
    const thread = createThread(":memory:");
    const texts = ["select 1 as n", "select nonsense", "select 3 as n", "not even sql", "select 5 as n"];
    const outcomes = await Promise.allSettled(texts.map((text) => thread.run(0, read(text))));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value.rows[0] : outcome.reason.errcode)),
      [{ n: 1 }, 1, { n: 3 }, 1, { n: 5 }],
    );
    assert.equal(thread.pending, 0);
    await thread.close();
    await assert.rejects(thread.run(0, read("select 1")), { code: "ERR_SQLITE_THREAD" });
  });
});
