/** Task queues with an app: enqueued by handlers, run in the same process with the app's dependencies, log and life. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { App, dependency } from "apus";
import { database, session } from "apus/sql";
import { memoryTasks, task, taskQueue, type TaskHandle } from "apus/tasks";
import { testClient } from "apus/testing";
import { z } from "zod";
import { currentRequest } from "../../src/http/current-request.ts";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { crunch, spin } from "./cpu-tasks.ts";

function newFile(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "apus-tasks-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "app.db");
}

const json = { "content-type": "application/json" };

test("enqueued in the handler's transaction, run in the same process, its result read over HTTP", async (context) => {
  const url = `sqlite:${newFile(context)}`;
  const work = session(database<Record<string, never>>({ url }));
  const Order = z.object({ name: z.string() });
  const receipt = task("receipt", { input: z.object({ order: z.int() }), use: { work } }, async (tools) => {
    const { rows } = await tools.work.execute("select name from orders where id = ?", [tools.input.order]);
    await tools.work.execute("update orders set sent = 1 where id = ?", [tools.input.order]);
    return { to: rows[0]?.["name"] };
  });
  const queue = taskQueue({ url, tasks: [receipt] });
  const app = new App({ log: false });
  app.tasks(queue);
  app.post("/orders", { body: Order, use: { work }, status: 202 }, async ({ body, work: open }) => {
    await open.execute("create table if not exists orders (id integer primary key, name text, sent integer)");
    const { rows } = await open.execute("insert into orders (name) values (?) returning id", [body.name]);
    const { id } = await receipt.enqueue({ order: Number(rows[0]?.["id"]) }, { within: open });
    if (body.name === "nobody") throw new Error("rolled back");
    return { id };
  });
  app.get("/receipts/{id}", async ({ path }) => (await queue.find(path.id))?.result({ timeout: "30s" }));
  app.get("/sent", { use: { work } }, async ({ work: open }) => {
    const { rows } = await open.execute("select name, sent from orders");
    return rows;
  });
  await using client = await testClient(app);
  const send = (name: string): Promise<Response> =>
    client.fetch("/orders", { method: "POST", headers: json, body: JSON.stringify({ name }) });
  const answer = await send("ada");
  assert.equal(answer.status, 202);
  const { id } = (await answer.json()) as { id: string };
  assert.deepEqual(await (await client.fetch(`/receipts/${id}`)).json(), { to: "ada" });
  assert.deepEqual(await (await client.fetch("/sent")).json(), [{ name: "ada", sent: 1 }]);
  assert.equal((await send("nobody")).status, 500);
  assert.equal((await queue.list()).tasks.length, 1);
});

test("tasks share what lives as long as the app; each run has a scope of its own, ended in reverse", async () => {
  const told: string[] = [];
  const pool = dependency({ scope: "app" }, async function* () {
    told.push("pool opens");
    yield { name: "pool" };
    told.push("pool closes");
  });
  const link = dependency(
    { use: { pool }, until: "handler" },
    async function* ({ pool: { name }, signal, background }) {
      assert.equal(signal.aborted, false);
      background(() => told.push("background"));
      yield `${name} link`;
      told.push("link ends");
    },
  );
  const note = task("note", { use: { link } }, (tools) => void told.push(`runs with ${tools.link}`));
  const queue = taskQueue({ url: "memory:", tasks: [note] });
  const app = new App({ log: false });
  app.tasks(queue);
  app.get("/", { use: { pool } }, ({ pool: { name } }) => name);
  await app.start();
  await (await note.enqueue()).result();
  assert.equal(await (await app.fetch(new Request("http://x/"))).json(), "pool");
  await app.stop();
  assert.deepEqual(told, ["pool opens", "runs with pool link", "link ends", "background", "pool closes"]);
});

test("a clean-up that fails in time fails the run; overrides hold for tasks, too", async () => {
  const commit = dependency({ until: "handler", name: "commit" }, async function* () {
    yield 1;
    throw new Error("commit failed");
  });
  const save = task("save", { use: { commit }, retries: 0 }, ({ commit: value }) => value);
  const app = new App({ log: false });
  app.tasks(taskQueue({ url: "memory:", tasks: [save] }));
  await app.start();
  await assert.rejects((await save.enqueue()).result(), /commit failed/);
  {
    using _ = app.override(commit, 7);
    assert.equal(await (await save.enqueue()).result(), 7);
  }
  await app.stop();
});

test("dependencies that read a request are refused, at the start or with a word", async () => {
  const user = dependency(
    { name: "user", headers: z.object({ "x-user": z.string() }) },
    ({ headers }) => headers["x-user"],
  );
  const item = dependency({ name: "item", path: z.object({ id: z.int() }) }, () => 1);
  const start = (declared: ReturnType<typeof task>): Promise<void> => {
    const app = new App({ log: false });
    app.tasks(taskQueue({ url: "memory:", tasks: [declared] }));
    return app.start();
  };
  const whoami = start(task("whoami", { use: { user } }, () => {}));
  await assert.rejects(whoami, /"whoami" .* uses "user", which reads "headers" of a request.*APUS_DEPENDENCY_SCOPE/);
  await assert.rejects(
    start(task("x", { use: { item } }, () => {})),
    /reads the path of a request.*APUS_DEPENDENCY_SCOPE/,
  );
  const agent = dependency({ name: "agent" }, ({ request }) => request.headers.get("user-agent"));
  const head = dependency({ name: "head" }, ({ response }) => response.setHeader("x-a", "b"));
  const read = task("read", { use: { agent }, retries: 0 }, () => {});
  const write = task("write", { use: { head }, retries: 0 }, () => {});
  await using queue = taskQueue({ url: "memory:", tasks: [read, write], log: createLogger(() => {}, "silent") });
  await queue.start();
  await assert.rejects((await read.enqueue()).result(), /reads request\.headers, and a task has no request/);
  await assert.rejects((await write.enqueue()).result(), /works on the response, and a task has none/);
});

test("the log names the task, its attempt, and the request that enqueued it; the trace goes on", async () => {
  const records: LogRecord[] = [];
  const traces: (string | undefined)[] = [];
  const trace = task("trace", {}, ({ log, signal }) => {
    log.info("inside");
    const current = currentRequest.getStore();
    assert.equal(current?.request.signal, signal);
    traces.push(current?.traceId, current?.route);
  });
  const app = new App({ log: createLogger((record) => records.push(record), "info") });
  app.tasks(taskQueue({ url: "memory:", tasks: [trace] }));
  let handle: TaskHandle | undefined;
  app.post("/", async () => void (handle = await trace.enqueue()));
  await using client = await testClient(app);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const answer = await client.fetch("/", { method: "POST", headers: { traceparent } });
  await handle?.result();
  const requestId = answer.headers.get("x-request-id");
  assert.equal((await handle?.record())?.requestId, requestId);
  for (const message of ["inside", "Task done"]) {
    const fields = records.find((record) => record.message === message)?.fields;
    assert.deepEqual([fields?.["task"], fields?.["attempt"], fields?.["requestId"]], ["trace", 1, requestId], message);
  }
  assert.deepEqual(traces, ["0af7651916cd43dd8448eb211c80319c", "task trace"]);
});

test("a task without a queue that runs, in two of them, or in none that has it", async () => {
  const ping = task("ping", {}, () => "pong");
  await assert.rejects(ping.enqueue(), /no queue is running that has it: list it in taskQueue.*APUS_TASK_QUEUE/);
  const silent = { log: createLogger(() => {}, "silent") };
  await using first = taskQueue({ url: "memory:", tasks: [ping], ...silent });
  await assert.rejects(first.enqueue(ping), /the queue has not been started.*APUS_TASK_QUEUE/);
  await first.start();
  await using second = taskQueue({ driver: memoryTasks(), tasks: [ping], ...silent });
  await second.start();
  await assert.rejects(ping.enqueue(), /in several queues that are running.*APUS_TASK_QUEUE/);
  assert.equal(await (await second.enqueue(ping)).result(), "pong");
  await second.stop();
  assert.equal(await (await ping.enqueue()).result(), "pong");
  const stranger = task("stranger", {}, () => {});
  await assert.rejects(first.enqueue(stranger), /is not in this queue.*APUS_TASK_QUEUE/);
});

test("what cannot be a queue or a task is refused", async () => {
  const ping = task("ping", {}, () => {});
  for (const options of [
    {},
    { url: "memory:", driver: memoryTasks() },
    { url: "redis://x" },
    { url: "sqlite::memory:" },
    { url: "memory:", tasks: [{}] },
    { url: "memory:", concurrency: 0 },
    { url: "memory:", queues: "a" },
    { url: "memory:", tasks: [ping, task("ping", {}, () => {})] },
  ]) {
    assert.throws(() => taskQueue({ tasks: [ping], ...options } as never), /APUS_BAD_OPTION/, JSON.stringify(options));
  }
  assert.throws(
    () => taskQueue({ url: "postgres://a:secret@b/c", tasks: [] }),
    (error: Error) => {
      assert.match(error.message, /APUS_TASK_STORE/);
      return !error.message.includes("secret");
    },
  );
  assert.throws(() => task("", {}, () => {}), /APUS_BAD_OPTION/);
  assert.throws(() => task("x", { cpu: true as never }, () => {}), /write cpu: import.meta.*APUS_BAD_OPTION/);
  const app = new App({ log: false });
  assert.throws(() => app.tasks({} as never), /was given no task queue.*APUS_BAD_OPTION/);
  await app.start();
  assert.throws(() => app.tasks(taskQueue({ url: "memory:", tasks: [] })), /APUS_FROZEN/);
  await app.stop();
});

test("a task for the processor runs in a worker thread, and is ended there when its time is up", async () => {
  await using queue = taskQueue({ url: "memory:", tasks: [crunch, spin], log: createLogger(() => {}, "silent") });
  await queue.start();
  const result = await (await crunch.enqueue({ to: 1_000 })).result();
  assert.deepEqual(result, { sum: 500_500, isMainThread: false, attempt: 1 });
  await assert.rejects((await spin.enqueue()).result({ timeout: "50s" }), /spin.* is dead/);
});
