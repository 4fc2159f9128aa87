/** Types of databases and sessions: used like Kysely, with their own tables, and refused where they do not fit. */

import type { Kysely, Transaction } from "kysely";
import type { Dependency, ValueOf } from "../dependencies/dependency.ts";
import { database, openDatabase } from "./database.ts";
import type { DatabaseSession } from "./database-session.ts";
import type { Database } from "./database-value.ts";
import { page } from "./page.ts";
import { pageQuery } from "./page-query.ts";
import { session, transaction } from "./session-dependency.ts";
import type { SqlSession } from "./sql-session.ts";

interface Tables {
  item: { id: number; title: string };
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

const db = database<Tables>({ url: "sqlite::memory:" });
const own = session(db);

isTrue<Equal<ValueOf<typeof db>, Database<Tables>>>();
isTrue<Equal<ValueOf<typeof own>, DatabaseSession<Tables>>>();

export const asDependency: Dependency<Database<Tables>> = db;

export async function uses(opened: Database<Tables>, given: DatabaseSession<Tables>): Promise<void> {
  const kysely: Kysely<Tables> = opened;
  const inner: Transaction<Tables> = given;
  const text: SqlSession = given;
  void [kysely, inner, text];
  const count: number = await opened.transaction(async (block) => (await block.selectFrom("item").execute()).length);
  const name: string = await given.transaction(async (block) => block.dialect);
  void [count, name];
  const found = await page(opened.selectFrom("item").select("title"), {
    by: ["title", "id desc"],
    size: 1,
    secret: "",
  });
  isTrue<Equal<typeof found.items, { title: string }[]>>();
  // @ts-expect-error -- no such column
  await page(opened.selectFrom("item").select("title"), { by: ["size"], size: 1, secret: "" });
  // @ts-expect-error -- no such direction
  await page(opened.selectFrom("item").select("title"), { by: ["id up"], size: 1, secret: "" });
  // @ts-expect-error -- no such table
  given.selectFrom("things");
  // @ts-expect-error -- no such isolation
  await opened.transaction(async () => 1, { isolation: "none" });
  // @ts-expect-error -- a database is no open transaction
  const wrong: SqlSession = opened;
  void wrong;
}

// @ts-expect-error -- no such option
database({ url: "sqlite::memory:", poolSize: 3 });
// @ts-expect-error -- an address is needed
void openDatabase({});
// @ts-expect-error -- retries are those of blocks: a handler cannot run again
transaction(db, { retries: 3 });
// @ts-expect-error -- not a database
session(pageQuery());
