/** The databases that the same tests are run on: a SQLite file, SQLite in memory, and PostgreSQL where there is one. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase, type Database, type DatabaseOptions } from "apus/sql";
import { createTestDatabase, servicesFor } from "../services.ts";

export interface Tables {
  item: { id: number; title: string; amount: number; note: string | null };
}

/** An empty database of one kind. */
export interface EmptyDatabase extends AsyncDisposable {
  readonly kind: "file" | "memory" | "postgres";
  readonly url: string;
}

export interface Kind {
  readonly name: EmptyDatabase["kind"];
  readonly skip: string | false;
  readonly create: () => Promise<EmptyDatabase>;
}

async function createFile(): Promise<EmptyDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "apus-sql-"));
  return {
    kind: "file",
    url: `sqlite:${join(folder, "test.db")}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function createMemory(): Promise<EmptyDatabase> {
  return { kind: "memory", url: "sqlite::memory:", [Symbol.asyncDispose]: async () => {} };
}

async function createPostgres(): Promise<EmptyDatabase> {
  const created = await createTestDatabase();
  return { kind: "postgres", url: created.url, [Symbol.asyncDispose]: () => created[Symbol.asyncDispose]() };
}

export const kinds: readonly Kind[] = [
  { name: "file", skip: false, create: createFile },
  { name: "memory", skip: false, create: createMemory },
  { name: "postgres", skip: servicesFor("postgres").skip, create: createPostgres },
];

/** One test for each kind that is named; all of them by default. */
export function onEach(
  name: string,
  run: (empty: EmptyDatabase, context: TestContext) => Promise<void>,
  only: readonly EmptyDatabase["kind"][] = ["file", "memory", "postgres"],
): void {
  for (const kind of kinds.filter((one) => only.includes(one.name))) {
    test(`${name} (${kind.name})`, { skip: kind.skip }, async (context) => {
      await using empty = await kind.create();
      await run(empty, context);
    });
  }
}

/** Makes the table that the tests use, and five rows in it. */
export async function fill(database: Database<Tables>, rows = 5): Promise<void> {
  await database.schema
    .createTable("item")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("title", "text", (column) => column.notNull().unique())
    .addColumn("amount", "integer", (column) => column.notNull())
    .addColumn("note", "text")
    .execute();
  const values = Array.from({ length: rows }, (_, index) => ({
    id: index + 1,
    title: `item ${index + 1}`,
    amount: 10,
    note: null,
  }));
  for (let from = 0; from < values.length; from += 500) {
    await database
      .insertInto("item")
      .values(values.slice(from, from + 500))
      .execute();
  }
}

/** A database with that table, open. */
export async function openFilled(
  { url }: EmptyDatabase,
  options: Partial<DatabaseOptions> & { readonly rows?: number } = {},
): Promise<Database<Tables>> {
  const { rows, ...rest } = options;
  const opened = await openDatabase<Tables>({ url, ...rest });
  await fill(opened, rows);
  return opened;
}

/** Waits until something holds; a test that waits for what never comes is ended by its own limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}

/** How many rows there are. */
export async function count(database: Database<Tables>): Promise<number> {
  const { rows } = await database.execute("select count(*) as total from item");
  return Number(rows[0]?.["total"]);
}
