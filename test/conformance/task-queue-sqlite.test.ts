/** The conformance suites of task queues on a SQLite file, and what only a file can show: transactions, processes, kills. */

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { openDatabase } from "apus/sql";
import { sqliteTasks, task } from "apus/tasks";
import { z } from "zod";
import { testBasics } from "./task-basics-suite.ts";
import { testEndings } from "./task-endings-suite.ts";
import { testLimits } from "./task-limits-suite.ts";
import { buildQueue, Gate, shortLease, startQueue, until } from "./task-store-under-test.ts";

const sqlite = { name: "SQLite", create: (context: TestContext) => sqliteTasks({ file: newFile(context) }) };

testBasics(sqlite);
testLimits(sqlite);
testEndings(sqlite);

function newFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "apus-tasks-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "tasks.db");
}

describe("tasks in the transactions of an app", () => {
  const note = task("note", { input: z.int() }, ({ input }) => input);

  test("a task exists if and only if the transaction is committed", async (context) => {
    const file = newFile(context);
    await using database = await openDatabase<Record<string, never>>({ url: `sqlite:${file}` });
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [note], run: false });
    await database.execute("create table orders (id integer primary key)");
    const expected: number[] = [];
    for (let index = 0; index < 40; index += 1) {
      const commits = index % 3 !== 0;
      const work = database.transaction(async (session) => {
        await session.execute("insert into orders (id) values (?)", [index]);
        const handle = await queue.enqueue(note, index, { within: session });
        assert.equal(await queue.find(handle.id), undefined);
        if (!commits) throw new Error("rolled back");
      });
      if (commits) expected.push(index);
      await (commits ? work : assert.rejects(work, /rolled back/));
    }
    const { tasks } = await queue.list({ limit: 100 });
    assert.deepEqual(tasks.map(({ input }) => input).toReversed(), expected);
    assert.equal(await queue.drain(), expected.length);
  });

  test("unique ones and batches as well; a committed one runs at once", async (context) => {
    const file = newFile(context);
    await using database = await openDatabase<Record<string, never>>({ url: `sqlite:${file}` });
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [note] });
    const handles = await database.transaction(async (session) => [
      await queue.enqueue(note, 1, { within: session, unique: "a" }),
      await queue.enqueue(note, 2, { within: session, unique: "a" }),
      ...(await queue.enqueueAll(note, [3, 4], { within: session })),
    ]);
    assert.deepEqual(await Promise.all(handles.map((handle) => handle.result())), [1, 1, 3, 4]);
  });

  test("a session of another database is refused", async (context) => {
    await using database = await openDatabase<Record<string, never>>({ url: `sqlite:${newFile(context)}` });
    const queue = await startQueue(context, { url: `sqlite:${newFile(context)}`, tasks: [note], run: false });
    const wrong = database.transaction((session) => queue.enqueue(note, 1, { within: session }));
    await assert.rejects(wrong, /The session belongs to the database .*APUS_TASK_STORE/);
    const postgres = { dialect: "postgres", execute: async () => ({ rows: [] }) };
    await assert.rejects(queue.enqueue(note, 1, { within: postgres }), /transaction of postgres.*APUS_TASK_STORE/);
  });

  test("a file that cannot be opened is told at the start", async (context) => {
    const queue = buildQueue(context, { url: "sqlite:/does/not/exist/tasks.db", tasks: [note] });
    await assert.rejects(queue.start(), /exist\/tasks.db cannot be opened .*APUS_TASK_STORE/);
  });
});

/** A process that runs the tasks of `task-work.ts`, and the lines that it writes. */
function startWorker(context: TestContext, file: string): { readonly child: ChildProcess; readonly lines: string[] } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "task-work.ts"), file, String(shortLease)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  context.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return { child, lines };
}

describe("tasks in several processes", () => {
  const work = task("work", { input: z.object({ index: z.int(), hangs: z.boolean() }) }, () => {});

  test("a process is killed in the middle: every task is done, run twice only where it died", async (context) => {
    const file = newFile(context);
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [work], run: false, lease: shortLease });
    const first = startWorker(context, file);
    await until(() => first.lines.includes("ready"));
    // Two that only the first process is there for, and that never end there.
    const hanging = await queue.enqueueAll(
      work,
      [0, 1].map((index) => ({ index, hangs: true })),
    );
    await until(() => first.lines.filter((line) => line.startsWith("hangs")).length === 2);
    const handles = await queue.enqueueAll(
      work,
      Array.from({ length: 60 }, (_, index) => ({ index: index + 2, hangs: false })),
    );
    await until(() => first.lines.length > 5);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = startWorker(context, file);
    const results = await Promise.all([...hanging, ...handles].map((handle) => handle.result()));
    assert.equal(results.length, 62);
    for (const handle of hanging) {
      const { failures, errors } = await handle.record();
      assert.deepEqual([failures, errors[0]?.name], [1, "WorkerLost"]);
    }
    const records = await Promise.all(handles.map((handle) => handle.record()));
    assert.ok(records.every(({ state }) => state === "done"));
    assert.ok(records.every(({ failures, errors }) => failures === errors.length && errors.every(({ lost }) => lost)));
    assert.ok(second.lines.length > 0);
  });

  test("a handler that holds the event loop keeps its lease", async (context) => {
    const file = newFile(context);
    const begun = Promise.withResolvers<void>();
    const mayBlock = Promise.withResolvers<void>();
    const Input = z.object({ index: z.int(), hangs: z.boolean() });
    const blocking = task("work", { input: Input }, async () => {
      begun.resolve();
      await mayBlock.promise;
      for (const end = performance.now() + 2 * shortLease; performance.now() < end;);
      return "held";
    });
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [blocking], lease: shortLease });
    const handle = await queue.enqueue(blocking, { index: 1, hangs: false });
    await begun.promise;
    const other = startWorker(context, file);
    await until(() => other.lines.includes("ready"));
    mayBlock.resolve();
    assert.equal(await handle.result(), "held");
    assert.equal((await handle.record()).failures, 0);
    assert.deepEqual(other.lines, ["ready"]);
  });

  test("a thread that is lost is replaced, and what runs keeps its lease", async (context) => {
    const file = newFile(context);
    const threads = new Set<Worker>();
    const post = Reflect.get(Worker.prototype, "postMessage") as (this: Worker, ...given: unknown[]) => void;
    context.mock.method(Worker.prototype, "postMessage", function (this: Worker, ...given: unknown[]) {
      threads.add(this);
      post.apply(this, given);
    });
    const gate = new Gate();
    const wait = task("wait", {}, ({ attempt }) => gate.pass().then(() => attempt));
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [wait], lease: shortLease });
    const handle = await wait.enqueue();
    await until(() => gate.waiting === 1);
    assert.equal(threads.size, 1);
    for (const thread of threads) await thread.terminate();
    await wait.enqueue();
    await until(() => gate.waiting === 2);
    assert.equal(threads.size, 2);
    await sleep(2 * shortLease);
    gate.open();
    assert.equal(await handle.result(), 1);
    await until(async () => (await queue.stats())[0]?.done === 2);
  });

  test("a process that is told to stop hands back what it runs", async (context) => {
    const file = newFile(context);
    const queue = await startQueue(context, { url: `sqlite:${file}`, tasks: [work], run: false, lease: "1h" });
    const first = startWorker(context, file);
    await until(() => first.lines.includes("ready"));
    const handle = await queue.enqueue(work, { index: 1, hangs: true });
    await until(() => first.lines.some((line) => line.startsWith("hangs")));
    first.child.kill("SIGTERM");
    await once(first.child, "exit");
    assert.equal(await handle.state(), "queued");
    assert.equal((await handle.record()).failures, 0);
  });

  test("a schedule is fired once by two processes", async (context) => {
    const file = newFile(context);
    const times: number[] = [];
    const tick = task("tick", {}, () => void times.push(Date.now()));
    const open = (): ReturnType<typeof buildQueue> =>
      buildQueue(context, { url: `sqlite:${file}`, tasks: [tick] }).schedule("* * * * * *", tick);
    const queues = [open(), open()];
    await Promise.all(queues.map((queue) => queue.start()));
    await until(() => times.length >= 2);
    await queues[0]?.stop();
    const { tasks } = await (queues[1] as (typeof queues)[0]).list({ limit: 100 });
    const seconds = tasks.map(({ dueAt }) => dueAt);
    assert.equal(new Set(seconds).size, seconds.length);
    assert.ok(seconds.every((dueAt) => dueAt % 1_000 === 0));
  });
});
