/** An app's life: lifespans around it, a start that fails cleanly, a stop that loses no request. */

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { App } from "apus";
import { testClient } from "apus/testing";

const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: string[];
  readonly exited: Promise<readonly [code: number | null, signal: string | null]>;
}

async function run(environment: Readonly<Record<string, string>> = {}): Promise<Running> {
  const path = fileURLToPath(new URL("apps/stopping-app.ts", import.meta.url));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (line.startsWith("url: ")) resolve(line.slice(5));
  });
  void exited.then(() => {
    children.delete(child);
    reject(new Error("the app ended before it listened"));
  });
  return { child, url: await promise, lines, exited };
}

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly text: string;
}

function get(url: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection, text }));
      answer.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

test("lifespans start in order, end in reverse, and run once", async () => {
  const told: string[] = [];
  const app = new App({ log: false });
  for (const name of ["first", "second"]) {
    app.lifespan(async function* () {
      told.push(`${name} starts`);
      await sleep(1);
      yield;
      told.push(`${name} ends`);
    });
  }
  app.get("/", () => told.length);
  const client = await testClient(app);
  await app.start();
  assert.equal(await (await client.fetch("/")).json(), 2);
  await client.close();
  await app.stop();
  assert.deepEqual(told, ["first starts", "second starts", "second ends", "first ends"]);
});

test("a lifespan that fails to start ends those before it and fails the start", async () => {
  const told: string[] = [];
  const app = new App({ log: false });
  app.lifespan(async function* () {
    yield;
    told.push("cleaned up");
  });
  // oxlint-disable-next-line require-yield -- what this case is about
  app.lifespan(async function* () {
    throw new Error("no database");
  });
  await assert.rejects(app.listen({ port: 0, signals: false }), { message: "no database" });
  assert.deepEqual(told, ["cleaned up"]);
  assert.equal(app.ready, false);
});

test("a lifespan yields exactly once", async () => {
  const never = new App({ log: false });
  never.lifespan(async function* () {});
  await assert.rejects(never.start(), { code: "APUS_LIFESPAN" });
  const twice = new App({ log: false });
  twice.lifespan(async function* () {
    yield;
    yield;
  });
  await twice.start();
  await assert.rejects(twice.stop(), { code: "APUS_LIFESPAN" });
});

test("a mounted app's lifespans run with its parent's", async () => {
  const told: string[] = [];
  const inner = new App({ log: false });
  inner.lifespan(async function* () {
    told.push("inner starts");
    yield;
    told.push("inner ends");
  });
  const outer = new App({ log: false });
  outer.mount("/inner", inner);
  await using client = await testClient(outer);
  assert.equal((await client.fetch("/inner/openapi.json")).status, 200);
  await client.close();
  assert.deepEqual(told, ["inner starts", "inner ends"]);
});

test("an app that listens refuses to listen again, and can after its stop", async () => {
  const app = new App({ log: false });
  const server = await app.listen({ port: 0, signals: false });
  await assert.rejects(app.listen({ port: 0, signals: false }), { code: "APUS_ALREADY_LISTENING" });
  await Promise.all([server.stop(), server.stop(), app.stop()]);
  const again = await app.listen({ port: 0, signals: false });
  assert.equal((await fetch(`${again.url}/ready`)).status, 200);
  await again.stop();
});

test("an app whose port is taken ends its lifespans again, and two calls of listen() at once are one too many", async () => {
  const told: string[] = [];
  const app = new App({ log: false });
  app.lifespan(async function* () {
    told.push("start");
    yield;
    told.push("end");
  });
  const first = app.listen({ port: 0, signals: false });
  await assert.rejects(app.listen({ port: 0, signals: false }), { code: "APUS_ALREADY_LISTENING" });
  const server = await first;
  const late = new App({ log: false });
  late.lifespan(async function* () {
    told.push("late start");
    yield;
    told.push("late end");
  });
  await assert.rejects(late.listen({ port: server.port, signals: false }), { code: "EADDRINUSE" });
  assert.equal(late.ready, false);
  await app.stop();
  await late.listen({ port: 0, signals: false });
  await late.stop();
  assert.deepEqual(told, ["start", "late start", "late end", "end", "late start", "late end"]);
});

for (const ENGINE of ["node", "net"]) {
  test(`SIGTERM: not ready first, then requests in flight finish, lifespans end, exit 0 (${ENGINE})`, async () => {
    const running = await run({ ENGINE, STOP_DELAY: "300" });
    assert.equal((await get(`${running.url}/ready`)).status, 200);
    const slow = get(`${running.url}/slow/800`);
    await sleep(100);
    running.child.kill("SIGTERM");
    await sleep(100);
    assert.equal((await get(`${running.url}/ready`)).status, 503);
    assert.equal((await get(`${running.url}/quick`)).status, 200, "still served while load balancers notice");
    assert.equal((await slow).text, '"slow"');
    assert.deepEqual(await running.exited, [0, null]);
    assert.ok(running.lines.includes("lifespan: ended"));
  });

  test(`SIGTERM under load over kept-alive connections loses no request and answers none with 503 (${ENGINE})`, async () => {
    const running = await run({ ENGINE });
    const outcomes = { answered: 0, refusedAfterStop: 0, failed: [] as string[] };
    let stopping = false;
    const worker = async (): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; count < 5_000; count += 1) {
        try {
          const { status, connection } = await get(`${running.url}/quick`, agent);
          if (status === 200) outcomes.answered += 1;
          else outcomes.failed.push(String(status));
          if (connection === "close") break;
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException;
          if (stopping && code === "ECONNREFUSED") outcomes.refusedAfterStop += 1;
          else outcomes.failed.push(String(code));
          break;
        }
      }
      agent.destroy();
    };
    const workers = Array.from({ length: 32 }, worker);
    await sleep(400);
    stopping = true;
    running.child.kill("SIGTERM");
    await Promise.all(workers);
    assert.deepEqual(await running.exited, [0, null]);
    assert.deepEqual(outcomes.failed, []);
    assert.ok(outcomes.answered > 32);
  });

  test(`a request that outlives the deadline is cut, and the process still ends by itself (${ENGINE})`, async () => {
    const running = await run({ ENGINE, STOP_TIMEOUT: "300" });
    const endless = get(`${running.url}/slow/60000`);
    const cut = assert.rejects(endless);
    await sleep(100);
    running.child.kill("SIGTERM");
    await cut;
    assert.deepEqual(await running.exited, [0, null]);
    assert.ok(running.lines.includes("lifespan: ended"));
  });

  test(`a second signal ends the process at once (${ENGINE})`, async () => {
    const running = await run({ ENGINE, STOP_TIMEOUT: "60000" });
    const endless = assert.rejects(get(`${running.url}/slow/60000`));
    await sleep(100);
    running.child.kill("SIGINT");
    await sleep(100);
    running.child.kill("SIGINT");
    assert.deepEqual(await running.exited, [130, null]);
    await endless;
    assert.ok(!running.lines.includes("lifespan: ended"));
  });
}

test("a rejection outside every request still ends the process, as Node does", async () => {
  const code = `import { App } from "apus"; await new App({ log: false }).start(); Promise.reject(new Error("outside"));  setTimeout(() => {}, 10_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdio: "ignore",
  });
  children.add(child);
  const [exitCode] = (await once(child, "exit")) as [number | null];
  children.delete(child);
  assert.equal(exitCode, 1);
});
