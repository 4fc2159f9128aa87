/** What SQLite in threads costs beside node:sqlite on the loop: operations a second for writes and reads, and their ratio. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { openDatabase } from "../../src/sql.ts";

interface Tables {
  item: { id?: number; title: string; amount: number };
}

/** How many callers there are at once; a server has many requests under way. */
const callers = 50;
const milliseconds = Number(process.env["APUS_BENCH_TIME"] ?? 1_500);
const rounds = 3;
const create = "create table item (id integer primary key, title text not null, amount integer not null)";
const texts = {
  insert: "insert into item (title, amount) values (?, ?)",
  one: "select id, title, amount from item where id = ?",
  hundred: "select id, title, amount from item where id > ? order by id limit 100",
} as const;

type Work = keyof typeof texts;
type Run = (work: Work, index: number) => unknown;

const folder = mkdtempSync(join(tmpdir(), "apus-bench-"));

function parametersOf(work: Work, index: number): readonly (string | number)[] {
  return work === "insert" ? [`title ${index}`, index] : [1 + (index % 1_000)];
}

function openDirect(): { readonly run: Run; readonly file: DatabaseSync } {
  const file = new DatabaseSync(join(folder, "direct.db"), { timeout: 5_000 });
  file.exec("pragma journal_mode = wal");
  file.exec(create);
  const statements = {
    insert: file.prepare(texts.insert),
    one: file.prepare(texts.one),
    hundred: file.prepare(texts.hundred),
  };
  return {
    run: (work, index) =>
      work === "insert"
        ? statements.insert.run(...parametersOf(work, index))
        : statements[work].all(...parametersOf(work, index)),
    file,
  };
}

/** Operations a second. */
async function measure(run: Run, work: Work, isDirect: boolean): Promise<number> {
  let done = 0;
  const end = performance.now() + milliseconds;
  const call = async (): Promise<void> => {
    while (performance.now() < end) {
      // The synchronous ones come one after the other anyway.
      if (isDirect) run(work, done);
      else await run(work, done);
      done += 1;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: isDirect ? 1 : callers }, call));
  return (done / (performance.now() - started)) * 1_000;
}

function buildKysely(database: Kysely<Tables>): Run {
  return (work, index) => {
    const [first = 0] = parametersOf(work, index);
    if (work === "insert")
      return database
        .insertInto("item")
        .values({ title: String(first), amount: index })
        .execute();
    const query = database.selectFrom("item").select(["id", "title", "amount"]);
    return work === "one"
      ? query.where("id", "=", Number(first)).execute()
      : query.where("id", ">", Number(first)).orderBy("id").limit(100).execute();
  };
}

/** Kysely's own dialect over node:sqlite, which has the interface that it expects but for `reader`. */
function openDirectKysely(file: DatabaseSync): Kysely<Tables> {
  const known = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepare = (text: string): never => {
    const statement = known.get(text) ?? file.prepare(text);
    known.set(text, statement);
    return {
      reader: statement.columns().length > 0,
      all: (values: readonly string[]) => statement.all(...values),
      run: (values: readonly string[]) => statement.run(...values),
    } as never;
  };
  return new Kysely({ dialect: new SqliteDialect({ database: { prepare, close: () => {} } }) });
}

const direct = openDirect();
const database = await openDatabase<Tables>({ url: `sqlite:${join(folder, "threads.db")}` });
await database.execute(create);
for (let index = 0; index < 1_100; index += 1) {
  direct.run("insert", index);
  await database.execute(texts.insert, parametersOf("insert", index));
}

/** Each way beside the one that it is compared with, which has the same interface on the loop. */
const pairs: readonly (readonly [name: string, direct: Run, threaded: Run])[] = [
  ["text", direct.run, (work, index) => database.execute(texts[work], parametersOf(work, index))],
  ["Kysely", buildKysely(openDirectKysely(direct.file)), buildKysely(database)],
];
for (const work of ["insert", "one", "hundred"] as const) {
  console.log(`\n${texts[work]}`);
  for (const [name, onLoop, inThread] of pairs) {
    const best = [0, 0] as [number, number];
    for (let round = 0; round < rounds; round += 1) {
      best[0] = Math.max(best[0], await measure(onLoop, work, onLoop === direct.run));
      best[1] = Math.max(best[1], await measure(inThread, work, false));
    }
    const [base, rate] = best.map((one) => Math.round(one).toLocaleString("en").padStart(9));
    console.log(`  ${name.padEnd(8)} on the loop ${base}/s   in threads ${rate}/s   ${(best[1] / best[0]).toFixed(2)}`);
  }
}
await database.destroy();
direct.file.close();
rmSync(folder, { recursive: true, force: true });
