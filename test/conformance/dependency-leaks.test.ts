/** Many requests whose dependencies fail, hang, stream, or throw in their clean-up leave nothing behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { App, dependency, HttpError, type Dependency } from "apus";
import { testClient, type TestClient } from "apus/testing";
import { z } from "zod";

/** Requests in process; a tenth of them goes through sockets. */
const total = Number(process.env["APUS_LEAKS"] ?? 5_000);

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Generators that began, and those that came to their end, whatever it was. */
const counts = { begun: 0, ended: 0 };

/** A generator of its own kind, counted at both ends. */
function counted(use: { readonly [name: string]: Dependency } = {}, options: object = {}): Dependency<Buffer> {
  return dependency({ use, ...options }, async function* () {
    counts.begun += 1;
    try {
      yield Buffer.alloc(64);
    } finally {
      counts.ended += 1;
    }
  });
}

function buildApp(): App {
  const app = new App({ log: false, docs: false });
  const outer = counted();
  const inner = counted({ outer });
  const session = counted({ outer }, { until: "handler" });
  const page = dependency({ query: z.object({ page: z.int().default(1) }) }, ({ query }) => query.page);
  const use = { inner, session, page };
  const failing = dependency({ use: { outer } }, async ({ request }) => {
    await sleep(1);
    if (request.query !== "ok") throw new HttpError(409);
    return 1;
  });
  const throwing = dependency({ use: { outer } }, function* () {
    yield 1;
    throw new Error("no clean-up");
  });
  const waiting = dependency({ use: { outer } }, async function* ({ signal }) {
    await sleep(10_000, undefined, { signal });
    yield 1;
  });
  app.get("/fine", { use }, (input) => input.page);
  app.get("/fails", { use }, (): string => {
    throw new HttpError(418);
  });
  app.get("/refused", { use: { ...use, failing } }, () => "never");
  app.get("/broken", { use: { ...use, throwing } }, () => "sent");
  app.get("/stream", { use }, async function* () {
    for (let item = 0; item < 3; item += 1) yield { item };
  });
  app.get("/endless", { use }, async function* ({ signal }) {
    for (let item = 0; ; item += 1) {
      yield { item };
      await sleep(1, undefined, { signal });
    }
  });
  app.get("/slow", { use: { ...use, waiting } }, () => "never");
  return app;
}

const statuses: Readonly<Record<string, number>> = {
  "/fine?page=2": 200,
  "/fine?page=x": 422,
  "/fails": 418,
  "/refused": 409,
  "/broken": 200,
  "/stream": 200,
};

/** `amount` requests, `width` of them at a time; of every ten, two are broken off by the client. */
async function ask(client: TestClient<Record<never, never>>, amount: number, width = 100): Promise<void> {
  const paths = Object.keys(statuses);
  for (let sent = 0; sent < amount; sent += width) {
    await Promise.all(
      Array.from({ length: width }, async (_, index) => {
        if (index % 10 === 8) return breakOff(client, "/endless");
        if (index % 10 === 9) return breakOff(client, "/slow");
        const path = paths[index % paths.length] as string;
        const answer = await client.fetch(path);
        await answer.text();
        assert.equal(answer.status, statuses[path], path);
      }),
    );
  }
}

async function breakOff(client: TestClient<Record<never, never>>, path: string): Promise<void> {
  const controller = new AbortController();
  const left = setTimeout(() => controller.abort(), 4);
  try {
    const answer = await client.fetch(path, { signal: controller.signal });
    await answer.body?.getReader().read();
    controller.abort();
    await answer.body?.cancel();
  } catch (error) {
    assert.match((error as Error).name, /AbortError|TypeError/);
  } finally {
    clearTimeout(left);
  }
}

/** Clean-ups come after the answer; the net engine gives a half-closed connection 2 s to be read. */
async function assertNoneOpen(turns = 2000): Promise<void> {
  for (let turn = 0; turn < turns && counts.begun !== counts.ended; turn += 1) await sleep(5);
  assert.equal(counts.ended, counts.begun, `${counts.begun - counts.ended} of ${counts.begun} generators are open`);
  assert.ok(counts.begun > 0);
}

const signals = ["SIGTERM", "SIGINT", "unhandledRejection", "uncaughtException", "warning", "exit"] as const;

/** What keeps a process alive, and who listens to it. */
function countResources(): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) found[name] = (found[name] ?? 0) + 1;
  for (const name of signals) found[name] = process.listenerCount(name);
  return found;
}

/** Sockets and their timers are let go a moment later. */
async function assertSameResources(before: Readonly<Record<string, number>>): Promise<void> {
  const grown = (): readonly string[] => {
    const now = countResources();
    return Object.keys(now).filter((name) => (now[name] ?? 0) > (before[name] ?? 0));
  };
  for (let turn = 0; turn < 200 && grown().length > 0; turn += 1) await sleep(10);
  assert.deepEqual(grown(), [], JSON.stringify(countResources()));
}

async function measureHeap(): Promise<number> {
  await sleep(20);
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

for (const socket of [false, "net"] as const) {
  const amount = socket === false ? total : total / 10;
  const where = socket === false ? "in process" : "through sockets of the net engine";
  test(`${amount} requests ${where} leave no generator open, and no timer or listener`, async () => {
    Object.assign(counts, { begun: 0, ended: 0 });
    const before = countResources();
    {
      await using client = await testClient(buildApp(), { socket });
      await ask(client, amount);
      await assertNoneOpen();
    }
    await assertSameResources(before);
  });
}

test("the heap does not grow with the number of requests", async () => {
  const batch = Math.max(1000, Math.floor(total / 20));
  await using client = await testClient(buildApp());
  const sizes: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await ask(client, batch);
    await assertNoneOpen();
    sizes.push(await measureHeap());
  }
  const [, second = 0, , last = 0] = sizes;
  // A request that kept its scope, an input or a promise would keep more than 150 bytes.
  assert.ok(
    last - second < 2 * batch * 150,
    `the heap went from ${second} to ${last} bytes with ${2 * batch} requests`,
  );
});

test("a start and an end of the app, many times, leave nothing", async () => {
  let open = 0;
  const database = dependency({ scope: "app" }, async function* () {
    open += 1;
    yield 1;
    open -= 1;
  });
  const before = countResources();
  const app = new App({ log: false });
  app.get("/", { use: { database } }, () => "fine");
  for (let life = 0; life < 50; life += 1) {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/")).status, 200);
    assert.equal(open, 1);
  }
  assert.equal(open, 0);
  await assertSameResources(before);
});

test("overrides that come and go while requests run leave nothing, and every request has one of the values", async () => {
  Object.assign(counts, { begun: 0, ended: 0 });
  const app = new App({ log: false });
  const cleaned = counted();
  const value = dependency({ use: { cleaned } }, (): string => "real");
  const other = dependency({ use: { cleaned } }, async (): Promise<string> => "other");
  app.get("/", { use: { value } }, (input) => input.value);
  await using client = await testClient(app);
  const answers = new Set<unknown>();
  const asking = Array.from({ length: 300 }, async (_, index) => {
    await sleep(index % 20);
    using _override = index % 3 === 0 ? app.override(value, index % 2 === 0 ? "given" : other) : undefined;
    await sleep(index % 3);
    answers.add(await (await client.fetch("/")).json());
  });
  await Promise.all(asking);
  assert.deepEqual(
    [...answers].filter((answer) => !["given", "other", "real"].includes(answer as string)),
    [],
  );
  assert.deepEqual(await (await client.fetch("/")).json(), "real");
  await assertNoneOpen();
});

test("an app that is stopped while clean-ups run waits for them", async () => {
  let ended = 0;
  const slow = dependency(async function* () {
    yield 1;
    await sleep(30);
    ended += 1;
  });
  const app = new App({ log: false });
  app.get("/", { use: { slow } }, () => "fine");
  for (const socket of [false, "net"] as const) {
    ended = 0;
    const client = await testClient(app, { socket });
    await Promise.all(Array.from({ length: 20 }, async () => (await client.fetch("/")).text()));
    await client.close();
    assert.equal(ended, 20);
  }
});

test("what a request did behind its time limit is cleaned up", async () => {
  Object.assign(counts, { begun: 0, ended: 0 });
  const app = new App({ log: false });
  app.get("/late", { timeout: 10, use: { cleaned: counted() } }, async ({ background }) => {
    await sleep(30);
    for (let task = 0; task < 3000; task += 1) background(() => {});
    return "late";
  });
  app.get("/", ({ background }) => background(() => {}));
  await using client = await testClient(app);
  for (let request = 0; request < 5; request += 1) assert.equal((await client.fetch("/late")).status, 503);
  await assertNoneOpen(40);
  assert.equal((await client.fetch("/")).status, 204, "tasks that never run keep no place");
});

test("an app that is mounted in another one, and started alone, ends what it started", async () => {
  let open = 0;
  const database = dependency({ scope: "app" }, async function* () {
    open += 1;
    yield 1;
    open -= 1;
  });
  const [outer, inner] = [new App({ log: false }), new App({ log: false })];
  inner.get("/", { use: { database } }, () => "fine");
  outer.mount("/inner", inner);
  await inner.start();
  await inner.stop();
  assert.equal(open, 0);
});
