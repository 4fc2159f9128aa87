/** Migrations: a folder of files, run once, in order, together, by one process at a time; errors name the file. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { App, type Logger } from "apus";
import { database, migrate, migrationStatus, openDatabase } from "apus/sql";
import { testClient } from "apus/testing";
import { onEach } from "../conformance/sql-dialects.ts";

/** A folder of migrations that goes when it is disposed of. */
async function createFolder(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "apus-migrations-"));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(path, name), text)));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const create = (table: string): string =>
  `export async function up(db: any): Promise<void> { await db.schema.createTable("${table}").addColumn("id", "integer").execute(); }
   export async function down(db: any): Promise<void> { await db.schema.dropTable("${table}").execute(); }`;

const three = {
  "001-a.ts": create("a"),
  "002-b.ts": create("b"),
  "003-c.ts": create("c"),
  "notes.md": "",
  "004.d.ts": "",
};

async function tablesOf(url: string, log?: Logger): Promise<readonly string[]> {
  await using opened = await openDatabase({ url, ...(log !== undefined && { log }) });
  return (await opened.introspection.getTables()).map(({ name }) => name).toSorted();
}

onEach("up and down, step by step, and the state of each", async ({ url }) => {
  await using folder = await createFolder(three);
  await using opened = await openDatabase({ url });
  const state = async (): Promise<readonly boolean[]> =>
    (await migrationStatus(opened, { folder: folder.path })).map(({ appliedAt }) => appliedAt instanceof Date);
  assert.deepEqual(await state(), [false, false, false]);
  assert.deepEqual(await migrate(opened, { folder: pathToFileURL(`${folder.path}/`), to: "002-b" }), [
    { name: "001-a", direction: "up" },
    { name: "002-b", direction: "up" },
  ]);
  assert.deepEqual(await state(), [true, true, false]);
  assert.deepEqual(await migrate(opened, { folder: folder.path }), [{ name: "003-c", direction: "up" }]);
  assert.deepEqual(await migrate(opened, { folder: folder.path }), []);
  assert.deepEqual(await migrate(opened, { folder: folder.path, to: "nothing" }), [
    { name: "003-c", direction: "down" },
    { name: "002-b", direction: "down" },
    { name: "001-a", direction: "down" },
  ]);
  assert.deepEqual(await opened.introspection.getTables(), []);
  await assert.rejects(migrate(opened, { folder: folder.path, to: "009-x" }), { code: "APUS_MIGRATION" });
});

onEach("one that fails takes back those of the same call, and is named", async ({ url }) => {
  const failing =
    'export async function up(db: any) { await db.schema.createTable("half").execute(); await db.selectFrom("nowhere").execute(); }';
  await using folder = await createFolder({ ...three, "002-b.ts": failing });
  await using opened = await openDatabase({ url });
  await assert.rejects(migrate(opened, { folder: folder.path }), (error: Error) => {
    assert.equal((error as Error & { code?: string }).code, "APUS_MIGRATION");
    assert.ok(error.message.includes(join(folder.path, "002-b.ts")), error.message);
    return true;
  });
  assert.deepEqual(await opened.introspection.getTables(), []);
  assert.equal(opened.stats().busy, 0);
});

onEach(
  "several that migrate at once: each migration runs once",
  async ({ url }) => {
    await using folder = await createFolder(three);
    const openeds = await Promise.all(Array.from({ length: 4 }, () => openDatabase({ url, busyTimeout: 50 })));
    const runs = await Promise.all(openeds.map((opened) => migrate(opened, { folder: folder.path })));
    assert.deepEqual(
      runs
        .flat()
        .map(({ name }) => name)
        .toSorted(),
      ["001-a", "002-b", "003-c"],
    );
    await Promise.all(openeds.map((opened) => opened.destroy()));
  },
  ["file", "postgres"],
);

onEach(
  "what is no migration is refused with its path",
  async ({ url }) => {
    await using opened = await openDatabase({ url });
    const broken = {
      "1.ts": "export const up = 1;",
      "2.ts": "export const down = () => {};",
      "3.ts": "import './none.ts';",
    };
    for (const [name, text] of Object.entries(broken)) {
      await using folder = await createFolder({ [name]: text });
      await assert.rejects(migrate(opened, { folder: folder.path }), new RegExp(`${name}.*APUS_MIGRATION`, "s"));
    }
    await using twins = await createFolder({ "1.ts": create("a"), "1.js": "export const up = () => {};" });
    await assert.rejects(migrate(opened, { folder: twins.path }), /same migration/);
    await assert.rejects(migrate(opened, { folder: "/nowhere" }), /cannot be read.*APUS_MIGRATION/);
  },
  ["memory"],
);

onEach(
  "at the start of an app: run, but in production only when asked for",
  async ({ url }) => {
    await using folder = await createFolder(three);
    const before = process.env["NODE_ENV"];
    const start = async (
      migrations: string | { readonly folder: string; readonly atStart?: boolean },
    ): Promise<void> => {
      const db = database({ url, migrations });
      const app = new App({ log: false });
      app.get("/", { use: { db } }, () => "up");
      await using _client = await testClient(app);
    };
    try {
      process.env["NODE_ENV"] = "production";
      await start(folder.path);
      assert.ok(!(await tablesOf(url)).includes("a"));
      process.env["NODE_ENV"] = "development";
      await start({ folder: folder.path, atStart: false });
      assert.ok(!(await tablesOf(url)).includes("a"));
      await start(folder.path);
      assert.deepEqual(await tablesOf(url), ["a", "b", "c"]);
    } finally {
      if (before === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = before;
    }
  },
  ["file"],
);
