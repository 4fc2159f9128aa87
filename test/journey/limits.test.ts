/** Limits and clients that leave: what is refused before it is read, what a connection is worth afterwards, when `signal` fires. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { App, type EngineOptions } from "apus";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onBothEdges } from "./edges.ts";
import { exchange, RawConnection } from "./raw-connection.ts";

interface Kept {
  readonly app: App;
  /** Paths of the handlers that ran. */
  readonly runs: string[];
  readonly records: LogRecord[];
  readonly signals: AbortSignal[];
  /** Resolves when a handler of `/waits` runs. */
  readonly waiting: Promise<AbortSignal>;
  /** Bytes that `/slow` has pulled. */
  pulled: number;
}

let kept: Kept;

const mebibyte = 1_048_576;
const json = { "content-type": "application/json" };

function build(): App {
  const records: LogRecord[] = [];
  const app = new App({ log: createLogger((record) => records.push(record), "debug") });
  const { promise: waiting, resolve } = Promise.withResolvers<AbortSignal>();
  kept = { app, runs: [], records, signals: [], waiting, pulled: 0 };
  const state = kept;
  const run = (path: string, signal: AbortSignal): { readonly ran: string } => {
    state.runs.push(path);
    state.signals.push(signal);
    return { ran: path };
  };
  const wait = async (signal: AbortSignal): Promise<never> => {
    resolve(signal);
    await sleep(10_000, undefined, { signal });
    throw new Error("The signal never fired.");
  };
  app.get("/alive", ({ signal }) => run("/alive", signal));
  app.post("/json", { body: z.json() }, ({ signal }) => run("/json", signal));
  app.post("/form", { form: z.looseObject({}) }, ({ signal }) => run("/form", signal));
  app.post("/tiny", { body: z.json(), bodyLimit: 10 }, ({ signal }) => run("/tiny", signal));
  app.post("/large", { body: z.json(), bodyLimit: 4 * mebibyte }, ({ signal }) => run("/large", signal));
  app.post("/unread", ({ signal }) => run("/unread", signal));
  app.post("/slow", async ({ request, signal }) => {
    for await (const chunk of request.body.stream()) {
      state.pulled += chunk.length;
      await sleep(1_000, undefined, { signal });
    }
  });
  app.get("/waits", ({ signal }) => wait(signal));
  app.post("/waits", { body: z.json() }, ({ signal }) => wait(signal));
  return app;
}

interface Served extends AsyncDisposable {
  readonly url: string;
}

async function serve(limits: Partial<EngineOptions> = {}): Promise<Served> {
  const server = await build().listen({ port: 0, signals: false, limits, stopTimeout: 200 });
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}

const errorsOf = (): readonly unknown[] =>
  kept.records.filter(({ level }) => level === "error").map(({ message }) => message);

async function assertNextAnswered(url: string): Promise<void> {
  kept.runs.length = 0;
  assert.equal((await exchange(url, "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status, 200);
  assert.deepEqual(kept.runs, ["/alive"]);
  assert.deepEqual(errorsOf(), []);
}

const head = (line: string, ...fields: readonly string[]): string =>
  `${[`${line} HTTP/1.1`, "Host: a", ...fields].join("\r\n")}\r\n\r\n`;
const postHead = (path: string, ...fields: readonly string[]): string =>
  head(`POST ${path}`, "Content-Type: application/json", ...fields);

onBothEdges(
  "a body of a byte too many is a 413 that names the limit, for JSON and forms, by app and by route",
  build,
  async (client) => {
    const post = (path: string, size: number): Promise<Response> =>
      client.fetch(path, { method: "POST", headers: json, body: `"${"x".repeat(size - 2)}"` });
    for (const [path, limit] of [
      ["/json", mebibyte],
      ["/tiny", 10],
      ["/large", 4 * mebibyte],
    ] as const) {
      assert.equal((await post(path, limit)).status, 200, path);
      const answer = await post(path, limit + 1);
      assert.equal(answer.status, 413, path);
      assert.equal(((await answer.json()) as { limit: number }).limit, limit);
    }
    const form = {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `a=${"x".repeat(mebibyte)}`,
    };
    assert.equal((await client.fetch("/form", form)).status, 413);
    assert.deepEqual(kept.runs, ["/json", "/tiny", "/large"]);
  },
);

test("a Content-Length over the limit is a 413 before a byte is asked for", async () => {
  await using served = await serve();
  const refuse = async (length: string): Promise<void> => {
    await using connection = await RawConnection.open(served.url);
    await connection.send(postHead("/json", `Content-Length: ${length}`, "Expect: 100-continue"));
    const answer = await connection.answer();
    assert.equal(answer.status, 413, "the first answer is the last one, not a 100");
    assert.equal(answer.headers.get("connection"), "close");
    await connection.ended();
    assert.equal(connection.received, "");
  };
  await Promise.all(["1048577", "100000000000"].map(refuse));
  assert.deepEqual(kept.runs, []);
  await assertNextAnswered(served.url);
});

test("100 Continue is sent when the body is wanted, and not when the request is refused before", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  await connection.send(postHead("/json", "Content-Length: 2", "Expect: 100-continue"));
  assert.equal((await connection.answer()).status, 100);
  await connection.send("[]");
  assert.equal((await connection.answer()).status, 200);
  const refuse = async (status: number, text: string): Promise<void> => {
    await using other = await RawConnection.open(served.url);
    await other.send(text);
    assert.equal((await other.answer()).status, status);
    await other.ended();
  };
  await Promise.all([
    refuse(404, postHead("/nowhere", "Content-Length: 2", "Expect: 100-continue")),
    refuse(405, head("POST /alive", "Content-Length: 2", "Expect: 100-continue")),
    refuse(415, head("POST /json", "Content-Type: text/plain", "Content-Length: 2", "Expect: 100-continue")),
    refuse(200, postHead("/unread", "Content-Length: 2", "Expect: 100-continue")),
  ]);
  await assertNextAnswered(served.url);
});

test("a chunked body over the limit is a 413 while it is read, and its sender gets to read it", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  await connection.send(postHead("/json", "Transfer-Encoding: chunked"));
  const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
  for (let sent = 0; sent <= mebibyte; sent += 65_536) await connection.send(chunk);
  for (let more = 0; more < 16; more += 1) await connection.send(chunk);
  const answer = await connection.answer();
  assert.equal(answer.status, 413);
  assert.equal(answer.headers.get("connection"), "close");
  await connection.ended();
  assert.deepEqual(kept.runs, []);
  await assertNextAnswered(served.url);
});

test("a refused small body is read away, and its connection goes on", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  const body = `"${"x".repeat(998)}"`;
  for (const [path, status] of [
    ["/tiny", 413],
    ["/nowhere", 404],
    ["/unread", 200],
    ["/alive", 405],
    ["/json", 200],
  ] as const) {
    await connection.send(postHead(path, "Content-Length: 1000") + body);
    assert.equal((await connection.answer()).status, status, path);
  }
  assert.deepEqual(kept.runs, ["/unread", "/json"]);
  await assertNextAnswered(served.url);
});

test("the body of a GET is not the next request", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  const hidden = head("POST /unread", "Content-Length: 0");
  await connection.send(head("GET /alive", `Content-Length: ${hidden.length}`) + hidden + head("GET /alive"));
  assert.equal((await connection.answer()).status, 200);
  assert.equal((await connection.answer()).status, 200);
  assert.deepEqual(kept.runs, ["/alive", "/alive"]);
});

interface Flood {
  /** Bytes that were handed to the connection. */
  readonly sent: number;
  /** Most that memory in use grew, in bytes. */
  readonly grown: number;
}

/** Sends chunks of one buffer until the server ends or takes nothing for a moment, or 100 MB are over. */
async function flood(connection: RawConnection): Promise<Flood> {
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, 0x20), Buffer.from("\r\n")]);
  const before = measureMemory();
  let sent = 0;
  let grown = 0;
  while (sent < 100_000_000 && !connection.isClosed) {
    const taken = connection.send(chunk).then(() => true);
    sent += chunk.length;
    if (!(await Promise.race([taken, sleep(300, false)]))) break;
    if (sent % (128 * chunk.length) === 0) grown = Math.max(grown, measureMemory() - before);
  }
  return { sent, grown: Math.max(grown, measureMemory() - before) };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function measureMemory(): number {
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

test(
  "100 MB of chunks grow no memory: refused over the limit, thrown away where nobody reads",
  { timeout: 60_000 },
  async () => {
    await using served = await serve();
    for (const [path, status] of [
      ["/json", 413],
      ["/unread", 200],
    ] as const) {
      await using connection = await RawConnection.open(served.url);
      await connection.send(postHead(path, "Transfer-Encoding: chunked"));
      const { grown } = await flood(connection);
      assert.equal((await connection.answer()).status, status);
      assert.ok(grown < 16 * mebibyte, `${path}: ${Math.round(grown / mebibyte)} MiB`);
    }
    await assertNextAnswered(served.url);
  },
);

test("a body is pulled at the handler's pace: the rest stays with the sender", { timeout: 60_000 }, async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  await connection.send(postHead("/slow", "Transfer-Encoding: chunked"));
  const { sent, grown } = await flood(connection);
  assert.ok(sent < 64 * mebibyte, `${sent} bytes left the sender`);
  assert.ok(kept.pulled > 0 && kept.pulled < 8 * mebibyte, `${kept.pulled} bytes were pulled`);
  assert.ok(grown < 16 * mebibyte, `${Math.round(grown / mebibyte)} MiB`);
  connection.reset();
  await sleep(50);
  assert.deepEqual(errorsOf(), []);
});

test("a target over 8 KiB is a 414", async () => {
  await using served = await serve();
  const at = (length: number): string =>
    head(`GET /alive?${"x".repeat(length - "/alive?".length)}`, "Connection: close");
  assert.equal((await exchange(served.url, at(8_192))).status, 200);
  assert.equal((await exchange(served.url, at(8_193))).status, 414);
  const { status } = await exchange(served.url, at(20_000));
  assert.ok(status === 414 || status === 431, String(status));
  assert.deepEqual(kept.runs, ["/alive"]);
  await assertNextAnswered(served.url);
});

test("more than 100 header lines are a 431, and none is left out", async () => {
  await using served = await serve();
  const lines = (count: number): string[] => Array.from({ length: count }, (_, index) => `x-${index}: 1`);
  assert.equal((await exchange(served.url, head("GET /alive", ...lines(98), "Connection: close"))).status, 200);
  assert.equal((await exchange(served.url, head("GET /alive", ...lines(99), "Connection: close"))).status, 431);
  assert.equal((await exchange(served.url, head("GET /alive", ...lines(1_200), "Connection: close"))).status, 431);
  assert.deepEqual(kept.runs, ["/alive"]);
  await assertNextAnswered(served.url);
});

test("a head over 16 KiB is a 431 and the end of its connection", async () => {
  await using served = await serve();
  assert.equal(
    (await exchange(served.url, head("GET /alive", `x: ${"y".repeat(15_000)}`, "Connection: close"))).status,
    200,
  );
  await using connection = await RawConnection.open(served.url);
  void connection.send(head("GET /alive", `x: ${"y".repeat(17_000)}`));
  const answer = await connection.answer();
  assert.equal(answer.status, 431);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal((JSON.parse(answer.text) as { status: number }).status, 431);
  await connection.ended();
  assert.deepEqual(kept.runs, ["/alive"]);
  await assertNextAnswered(served.url);
});

test("two Host fields, or none, are a 400", async () => {
  await using served = await serve();
  for (const fields of ["Host: a\r\nHost: b\r\n", "Host: a\r\nHOST: a\r\n", ""]) {
    assert.equal((await exchange(served.url, `GET /alive HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`)).status, 400);
  }
  assert.deepEqual(kept.runs, []);
  await assertNextAnswered(served.url);
});

test("a head that does not arrive in time is a 408, also byte by byte and on a connection that was used", async () => {
  await using served = await serve({ headTimeout: 300 });
  const drip = async (first: string): Promise<void> => {
    await using connection = await RawConnection.open(served.url);
    if (first !== "") {
      await connection.send(first);
      assert.equal((await connection.answer()).status, 200);
    }
    const timer = setInterval(() => void connection.send("x"), 50);
    await connection.send("GET /alive HTTP/1.1\r\nHost: a\r\nx: ");
    const answer = await connection.answer({ within: 3_000 }).finally(() => clearInterval(timer));
    assert.equal(answer.status, 408);
    await connection.ended();
  };
  await Promise.all([drip(""), drip(head("GET /alive"))]);
  assert.deepEqual(kept.runs, ["/alive"]);
  await assertNextAnswered(served.url);
});

test("a body that does not arrive in time is a 408, and its handler does not run", async () => {
  await using served = await serve({ headTimeout: 300, requestTimeout: 500 });
  await using connection = await RawConnection.open(served.url);
  await connection.send(`${postHead("/json", "Content-Length: 100")}[`);
  assert.equal((await connection.answer({ within: 4_000 })).status, 408);
  await connection.ended();
  assert.deepEqual(kept.runs, []);
  await assertNextAnswered(served.url);
});

test("a client that leaves in the middle of its body: no handler, no error in the log", async () => {
  await using served = await serve();
  for (const [length, path] of [
    ["Content-Length: 100", "/json"],
    ["Transfer-Encoding: chunked", "/json"],
    ["Content-Length: 100", "/form"],
  ] as const) {
    for (const way of ["reset", "finish"] as const) {
      await using connection = await RawConnection.open(served.url);
      const type = path === "/form" ? "application/x-www-form-urlencoded" : "application/json";
      await connection.send(`${head(`POST ${path}`, `Content-Type: ${type}`, length)}5\r\n[1,2,`);
      await sleep(20);
      connection[way]();
      await connection.ended();
    }
  }
  await sleep(50);
  assert.deepEqual(kept.runs, []);
  const gone = kept.records.filter(({ fields }) => fields["clientGone"] === true);
  assert.equal(gone.length, 6);
  assert.ok(gone.every(({ level, fields }) => level === "info" && fields["status"] === 499));
  await assertNextAnswered(served.url);
});

for (const method of ["GET", "POST"]) {
  onBothEdges(`signal fires when the client leaves a running ${method}`, build, async (client) => {
    const leaving = new AbortController();
    const body = method === "POST" ? { headers: json, body: '{"a":1}' } : {};
    const answered = client.fetch("/waits", { method, ...body, signal: leaving.signal }).then(
      () => undefined,
      () => undefined,
    );
    const signal = await kept.waiting;
    assert.equal(signal.aborted, false);
    const fired = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    leaving.abort();
    await fired;
    await answered;
    await sleep(20);
    assert.deepEqual(errorsOf(), []);
    assert.equal((await client.fetch("/alive")).status, 200);
  });
}

onBothEdges(
  "signal never fires for a client that stays, not even when its connection ends later",
  build,
  async (client, edge) => {
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await client.fetch("/alive")).status, 200);
      await (await client.fetch("/json", { method: "POST", headers: json, body: "[1]" })).text();
      await (await client.fetch("/alive", { method: "HEAD" })).text();
    }
    if (edge === "socket") {
      await exchange(client.baseUrl, head("GET /alive", "Connection: close"));
      await exchange(client.baseUrl, `${postHead("/json", "Content-Length: 3")}[1]`);
    }
    await sleep(50);
    assert.equal(kept.signals.length, edge === "socket" ? 11 : 9);
    assert.ok(kept.signals.every(({ aborted }) => !aborted));
  },
);
