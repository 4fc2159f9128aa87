/** The engine on `node:net` through a socket: framing, order, pace, deadlines, departures and stop. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RawConnection } from "../../test/journey/raw-connection.ts";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { silentLogger } from "../log/logger.ts";
import { defaultEngineOptions, type EngineOptions } from "./engine.ts";
import { createNetEngine, type NetEngine } from "./net-engine.ts";

type Handle = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

const engines: NetEngine[] = [];
after(() => Promise.all(engines.map((engine) => engine.stop({ deadline: 0, idleGrace: 0 }))));

interface Serving {
  readonly url: string;
  readonly engine: NetEngine;
}

async function serve(handle: Handle, options: Partial<EngineOptions> = {}): Promise<Serving> {
  const engine = createNetEngine({
    handler: { handle },
    options: { ...defaultEngineOptions, ...options },
    logger: silentLogger,
    tls: undefined,
  });
  engines.push(engine);
  const { port } = await engine.listen({ host: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${port}`, engine };
}

const get = (path = "/", version = "1.1", fields = ""): string =>
  `GET ${path} HTTP/${version}\r\nHost: a\r\n${fields}\r\n`;

/** Everything that comes until the server ends. */
async function drain(connection: RawConnection): Promise<string> {
  await connection.ended();
  return connection.received.replaceAll(/date: [^\r]*\r\n/g, "");
}

async function ask(url: string, text: string): Promise<string> {
  await using connection = await RawConnection.open(url);
  await connection.send(text);
  return await drain(connection);
}

async function* chunks(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    await sleep(1);
    yield Buffer.from(text);
  }
}

test("each kind of answer has its framing", async () => {
  const plain: readonly HttpResponse["headers"][number][] = [["content-type", "text/plain"]];
  const answers: Readonly<Record<string, HttpResponse>> = {
    "/text": { status: 200, headers: plain, body: "héllo €" },
    "/bytes": { status: 201, headers: [], body: Buffer.from([0, 255]) },
    "/nothing": { status: 204, headers: [], body: null },
    "/empty": { status: 200, headers: [], body: null },
    "/same": { status: 304, headers: [["etag", '"a"']], body: null },
    "/odd": {
      status: 299,
      headers: [
        ["x-a", "\u00e9"],
        ["content-length", "9"],
        ["transfer-encoding", "x"],
      ],
      body: "é",
    },
  };
  const { url } = await serve(({ path }) => answers[path] ?? { status: 200, headers: [], body: chunks("ab", "", "c") });
  const close = "Connection: close\r\n";
  const of = (path: string, version?: string): Promise<string> => ask(url, get(path, version, close));
  const utf8 = Buffer.from("héllo €").toString("latin1");
  const start = "HTTP/1.1 200 OK\r\n";
  assert.equal(
    await of("/text"),
    `${start}content-type: text/plain\r\nconnection: close\r\ncontent-length: 10\r\n\r\n${utf8}`,
  );
  assert.equal(await of("/bytes"), "HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: 2\r\n\r\n\0\u00ff");
  assert.equal(await of("/nothing"), "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
  assert.equal(await of("/empty"), `${start}connection: close\r\ncontent-length: 0\r\n\r\n`);
  assert.equal(await of("/same"), 'HTTP/1.1 304 Not Modified\r\netag: "a"\r\nconnection: close\r\n\r\n');
  const odd = (await of("/odd")).slice("HTTP/1.1 299 ".length);
  assert.match(odd, /\r\nx-a: \u00e9\r\nconnection: close\r\ncontent-length: 2\r\n\r\n\u00c3\u00a9$/);
  assert.equal(
    await of("/stream"),
    `${start}connection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`,
  );
  assert.equal(await ask(url, get("/stream", "1.0")), `${start}connection: close\r\n\r\nabc`);
  const head = (path: string): Promise<string> => ask(url, get(path, "1.1", close).replace("GET", "HEAD"));
  assert.equal(
    await head("/text"),
    `${start}content-type: text/plain\r\nconnection: close\r\ncontent-length: 10\r\n\r\n`,
  );
  assert.equal(await head("/stream"), `${start}connection: close\r\n\r\n`);
});

test("a large body arrives whole, and finished is called once, after it", async () => {
  const large = "x".repeat(5_000_000);
  const calls: unknown[][] = [];
  const finished = (...failure: unknown[]): void => void calls.push(failure);
  const { url } = await serve(() => ({ status: 200, headers: [], body: large, finished }));
  const text = await ask(url, get("/", "1.1", "Connection: close\r\n"));
  assert.ok(text.endsWith(`\r\ncontent-length: 5000000\r\n\r\n${large}`));
  assert.deepEqual(calls, [[undefined]]);
});

test("nothing can break out of a header line", async () => {
  const failures: unknown[] = [];
  const finished = (failure?: unknown): void => void failures.push(failure);
  for (const line of [
    ["x", "a\r\nb: c"],
    ["x\r\ny", "a"],
    ["x", "a\0"],
    ["", "a"],
    ["x", "\u{1f600}"],
  ] as const) {
    const { url } = await serve(() => ({ status: 200, headers: [line], body: "secret", finished }));
    const text = await ask(url, get("/", "1.1", "Connection: close\r\n"));
    assert.match(text, /^HTTP\/1\.1 500 [^]*"status":500\}$/);
    assert.doesNotMatch(text, /secret|\nb: c/);
  }
  assert.equal(failures.length, 5);
  assert.ok(failures.every((failure) => failure instanceof Error));
});

test("pipelined requests are answered in order, by handlers that answer at once and by slow ones", async () => {
  for (const slow of [false, true]) {
    const { url, engine } = await serve(({ path }) => {
      const response = { status: 200, headers: [], body: path };
      return slow ? sleep(path === "/0" ? 20 : 1, response) : response;
    });
    await using connection = await RawConnection.open(url);
    await connection.send(Array.from({ length: 100 }, (_, index) => get(`/${index}`)).join(""));
    for (let index = 0; index < 100; index += 1) assert.equal((await connection.answer()).text, `/${index}`);
    assert.equal(engine.counters.requests, 100);
  }
});

test("a stream that fails is cut without its last chunk; what fails is told once", async () => {
  const failures: unknown[] = [];
  const finished = (failure?: unknown): void => void failures.push(failure);
  const failing = async function* (): AsyncIterable<Uint8Array> {
    yield Buffer.from("first");
    throw new Error("broken");
  };
  const { url } = await serve(() => ({ status: 200, headers: [], body: failing(), finished }));
  assert.match(await ask(url, get()), /\r\n\r\n5\r\nfirst\r\n$/);
  assert.deepEqual(failures, [new Error("broken")]);
});

test("a stream waits for its client, and ends when the client leaves", async () => {
  let made = 0;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const failures: unknown[] = [];
  const endless = async function* (): AsyncIterable<Uint8Array> {
    try {
      for (;;) {
        made += 65_536;
        yield Buffer.alloc(65_536);
      }
    } finally {
      resolve();
    }
  };
  const finished = (failure?: unknown): void => void failures.push(failure);
  const { url } = await serve(() => ({ status: 200, headers: [], body: endless(), finished }));
  const { hostname, port } = new URL(url);
  const { connect } = await import("node:net");
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.pause();
  socket.write(get());
  await sleep(300);
  assert.ok(made > 0 && made < 64 * 1_048_576, `${made} bytes were made for a client that reads nothing`);
  socket.resetAndDestroy();
  await ended;
  await sleep(20);
  assert.equal(failures.length, 1);
  assert.ok(failures[0] instanceof ClientGoneError);
});

test("a client that ends its side still gets its answer; one that resets is noticed at once", async () => {
  const { promise: reset, resolve } = Promise.withResolvers<void>();
  const { url } = await serve(async ({ path, signal }) => {
    signal.addEventListener("abort", () => path === "/reset" && resolve());
    await sleep(path === "/reset" ? 5_000 : 200, undefined, { signal }).catch(() => {});
    return { status: 200, headers: [], body: `${path} ${signal.aborted}` };
  });
  await using half = await RawConnection.open(url);
  await half.send(get("/one") + get("/two"));
  half.finish();
  assert.equal((await half.answer()).text, "/one false");
  assert.equal((await half.answer()).text, "/two false");
  await half.ended();
  await using gone = await RawConnection.open(url);
  await gone.send(get("/reset"));
  await sleep(30);
  gone.reset();
  await reset;
});

test("connections end in time: idle ones silently, others with a 408; a steady body does not", async () => {
  const times = { keepAliveTimeout: 100, headTimeout: 200, bodyGrace: 200, minBodyRate: 1_000, writeTimeout: 200 };
  const { url, engine } = await serve(async ({ body }) => {
    try {
      return { status: 200, headers: [], body: String((await body.bytes(1_000_000)).length) };
    } catch (error) {
      return { status: (error as { status: number }).status, headers: [], body: null };
    }
  }, times);
  const post = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
  assert.match(await ask(url, get()), /^HTTP\/1\.1 200 OK\r\ncontent-length: 1\r\n\r\n0$/);
  assert.match(await ask(url, ""), /^$/);
  assert.match(await ask(url, "GET / HT"), /^HTTP\/1\.1 408 /);
  assert.match(await ask(url, `${post(100_000)}hello`), /^HTTP\/1\.1 408 /);
  await using steady = await RawConnection.open(url);
  await steady.send(post(6_000));
  for (let count = 0; count < 12; count += 1) {
    await sleep(50);
    await steady.send("x".repeat(500));
  }
  assert.equal((await steady.answer()).text, "6000");
  assert.equal(engine.counters.timedOut, 2);
});

test("a client that takes nothing of its answer is let go", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const body = Buffer.alloc(50_000_000);
  const { url } = await serve(() => ({ status: 200, headers: [], body, finished: resolve }), { writeTimeout: 200 });
  const { hostname, port } = new URL(url);
  const { connect } = await import("node:net");
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.pause();
  socket.write(get());
  assert.ok((await promise) instanceof ClientGoneError);
  socket.destroy();
});

test("a connection ends after its last allowed request", async () => {
  const { url } = await serve(() => ({ status: 200, headers: [], body: null }), { maxRequestsPerConnection: 3 });
  const text = await ask(url, get().repeat(5));
  assert.equal(text.split("HTTP/1.1 200").length - 1, 3);
  assert.equal(text.split("connection: close").length - 1, 1);
});

test("stop answers what is on 64 connections, then ends at once", async () => {
  const { url, engine } = await serve(() => sleep(100, { status: 200, headers: [], body: "done" }));
  const connections = await Promise.all(Array.from({ length: 64 }, () => RawConnection.open(url)));
  for (const connection of connections.slice(0, 60)) await connection.send(get());
  while (engine.counters.requests < 60) await sleep(5);
  const started = performance.now();
  const stopped = engine.stop({ deadline: 5_000, idleGrace: 100 });
  // On its way when the stop began.
  for (const connection of connections.slice(60, 62)) await connection.send(get());
  const answers = await Promise.all(connections.slice(0, 62).map((connection) => connection.answer()));
  assert.ok(answers.every(({ status, headers }) => status === 200 && headers.get("connection") === "close"));
  await Promise.all(connections.map((connection) => connection.ended()));
  for (const connection of connections) await connection[Symbol.asyncDispose]();
  await stopped;
  assert.ok(performance.now() - started < 2_500);
});
