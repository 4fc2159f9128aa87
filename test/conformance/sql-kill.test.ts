/** A process that is killed while it writes: what it had said to be committed is there, and nothing is half done. */

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openDatabase } from "apus/sql";
import { onEach, openFilled, type Tables } from "./sql-dialects.ts";

const writer = fileURLToPath(new URL("sql-writer.ts", import.meta.url));

onEach(
  "kill -9 in the middle of transactions",
  async (empty) => {
    await (await openFilled(empty)).destroy();
    const child = fork(writer, [empty.url], { execArgv: [], stdio: "inherit" });
    let told = 0;
    const enough = Promise.withResolvers<void>();
    child.on("message", () => {
      told += 1;
      if (told === 20) enough.resolve();
    });
    const exited = once(child, "exit");
    await Promise.race([enough.promise, exited]);
    child.kill("SIGKILL");
    await exited;
    assert.ok(told >= 20, `the writer ended after ${told}`);
    await using opened = await openDatabase<Tables>({ url: empty.url });
    const rows = await opened.selectFrom("item").select(["id", "amount"]).where("id", "<=", 2).orderBy("id").execute();
    const moved = 10 - (rows[0]?.amount ?? 0);
    assert.equal((rows[1]?.amount ?? 0) - 10, moved);
    assert.ok(moved >= told, `${moved} are there, ${told} were said to be`);
    await opened.insertInto("item").values({ id: 50, title: "goes on", amount: 1, note: null }).execute();
  },
  ["file", "postgres"],
);
