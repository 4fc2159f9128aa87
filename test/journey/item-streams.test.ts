/** Streams out: JSON Lines, server-sent events, bytes; what fails before and after the first item; who stops reading. */

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, event, fail, stream } from "apus";
import { createClient } from "apus/client";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge } from "./edges.ts";

const Tick = z.object({ count: z.int() });

let ended: string[] = [];
let records: LogRecord[] = [];

function buildTicker(): App {
  ended = [];
  records = [];
  const app = new App({ log: createLogger((record) => records.push(record), "info") });
  async function* count(limit: number): AsyncGenerator<{ count: number; secret: string }> {
    try {
      for (let at = 1; at <= limit; at += 1) {
        yield { count: at, secret: "x" };
        await sleep(1);
      }
    } finally {
      ended.push("counted");
    }
  }
  app.get("/lines/{limit:int}", { lines: Tick }, ({ path }) => count(path.limit));
  app.get("/events/{limit:int}", { events: Tick }, async function* ({ path, response }) {
    response.setHeader("x-own", "1");
    yield event(undefined, { retry: 1_000, comment: "welcome\nto all" });
    for await (const tick of count(path.limit)) yield event(tick, { id: String(tick.count), event: "tick" });
    yield { count: 0 };
  });
  app.get("/plain", async function* () {
    yield 1;
    yield { a: "ü" };
  });
  app.get("/sync", { lines: Tick }, () => [{ count: 1 }, { count: 2 }]);
  app.get("/early", { lines: Tick }, async function* (): AsyncGenerator<{ count: number }> {
    await sleep(1);
    fail(404, "No such counter.");
    yield { count: 1 };
  });
  app.get("/late", { lines: Tick }, async function* () {
    yield { count: 1 };
    throw new Error("broken");
  });
  app.get("/late-events", { events: Tick }, async function* () {
    yield { count: 1 };
    throw new Error("broken");
  });
  app.get("/misfit", { lines: Tick }, async function* () {
    try {
      yield { count: "x" as unknown as number };
    } finally {
      ended.push("misfit");
    }
  });
  app.get("/bytes", () => Readable.from([Buffer.from("by"), Buffer.from("tes")]));
  app.get("/web", () => new Blob(["web"]).stream());
  app.get("/text", () => stream(Readable.from(["te", "xt"]), { mediaType: "text/plain" }));
  app.get("/early-bytes", () =>
    stream(
      (async function* (): AsyncGenerator<string> {
        await sleep(1);
        fail(404, "No such file.");
        yield "never";
      })(),
    ),
  );
  app.get("/none", { lines: Tick }, () => 5 as never);
  return app;
}

onEveryEdge("JSON Lines: each item validated and stripped, the source ended", buildTicker, async (client) => {
  const answer = await client.fetch("/lines/3");
  assert.equal(answer.headers.get("content-type"), "application/jsonl");
  assert.equal(await answer.text(), '{"count":1}\n{"count":2}\n{"count":3}\n');
  assert.deepEqual(ended, ["counted"]);
  assert.equal(await (await client.fetch("/lines/0")).text(), "");
  assert.equal(await (await client.fetch("/sync")).text(), '{"count":1}\n{"count":2}\n');
  assert.equal(await (await client.fetch("/plain")).text(), '1\n{"a":"ü"}\n');
});

onEveryEdge("events have their fields in order, one line each", buildTicker, async (client) => {
  const answer = await client.fetch("/events/2");
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  assert.equal(answer.headers.get("cache-control"), "no-cache");
  assert.equal(answer.headers.get("x-own"), "1");
  assert.equal(
    await answer.text(),
    ": welcome\n: to all\nretry: 1000\n\n" +
      'event: tick\ndata: {"count":1}\nid: 1\n\nevent: tick\ndata: {"count":2}\nid: 2\n\ndata: {"count":0}\n\n',
  );
});

onEveryEdge("an error before the first item has its own status", buildTicker, async (client) => {
  const answer = await client.fetch("/early");
  assert.equal(answer.status, 404);
  assert.equal(((await answer.json()) as { detail: string }).detail, "No such counter.");
  assert.equal((await client.fetch("/early-bytes")).status, 404);
  assert.equal((await client.fetch("/misfit")).status, 500);
  assert.deepEqual(ended, ["misfit"]);
  assert.equal((await client.fetch("/none")).status, 500);
});

onEveryEdge("an error after it breaks the stream off, and is logged", buildTicker, async (client) => {
  const broken = await client.fetch("/late");
  assert.equal(broken.status, 200);
  await assert.rejects(broken.text());
  const events = await client.fetch("/late-events");
  const reader = events.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let seen = "";
  await assert.rejects(async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      seen += Buffer.from(value).toString();
    }
  });
  assert.match(seen, /^data: \{"count":1\}\n\nevent: error\ndata: \{"type":"about:blank",[^\n]*"status":500\}\n\n$/);
  for (let turn = 0; turn < 100 && records.filter(({ level }) => level === "error").length < 2; turn += 1)
    await sleep(5);
  assert.equal(records.filter(({ level }) => level === "error").length, 2);
});

onEveryEdge("a reader that goes away ends the source", buildTicker, async (client) => {
  const leaving = new AbortController();
  const answer = await client.fetch("/lines/100000", { signal: leaving.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  await reader?.cancel().catch(() => {});
  leaving.abort();
  for (let turn = 0; turn < 400 && ended.length === 0; turn += 1) await sleep(5);
  assert.deepEqual(ended, ["counted"]);
  assert.deepEqual(
    records.filter(({ level }) => level === "error"),
    [],
  );
});

onEveryEdge("bytes of Node.js and of the platform leave as they are", buildTicker, async (client) => {
  const bytes = await client.fetch("/bytes");
  assert.equal(bytes.headers.get("content-type"), "application/octet-stream");
  assert.equal(await bytes.text(), "bytes");
  assert.equal(await (await client.fetch("/web")).text(), "web");
  const text = await client.fetch("/text");
  assert.equal(text.headers.get("content-type"), "text/plain");
  assert.equal(await text.text(), "text");
});

// Declared as a module would export them.
const ticker = new App({ log: false });
const readLines = ticker.get("/lines", { lines: Tick }, async function* () {
  yield { count: 1 };
  yield { count: 2 };
});
let connections = 0;
const readTicks = ticker.get(
  "/ticks",
  { events: Tick, headers: z.object({ "last-event-id": z.coerce.number().default(0) }) },
  async function* ({ headers }) {
    connections += 1;
    yield event(undefined, { retry: 1 });
    for (let count = headers["last-event-id"] + 1; count <= 4; count += 1) {
      if (count === 3 && connections === 1) throw new TypeError("cut");
      yield event({ count }, { id: String(count) });
    }
  },
);
type Module = { readLines: typeof readLines; readTicks: typeof readTicks };

test("the typed client reads items as they come, and goes on with events after a break", async () => {
  connections = 0;
  await using server = await ticker.listen({ port: 0, signals: false });
  const cut = createCutter();
  const client = createClient<Module>({ baseUrl: server.url, fetch: cut });
  const counts: number[] = [];
  for await (const { count } of await client.get("/lines")) counts.push(count);
  assert.deepEqual(counts, [1, 2]);
  const ids: string[] = [];
  for await (const { data, id } of await client.get("/ticks")) ids.push(`${id}:${data.count}`);
  assert.deepEqual(ids, ["1:1", "2:2", "3:3", "4:4"]);
  assert.equal(connections, 2);
});

/** A network that takes the first "event: error" for a break. */
function createCutter(): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null || response.headers.get("content-type") !== "text/event-stream") return response;
    const cut = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (Buffer.from(chunk).includes("event: error")) controller.error(new TypeError("network"));
          else controller.enqueue(chunk);
        },
      }),
    );
    return new Response(cut, response);
  };
}

test("events end when the app stops, and their generator with them; lines are let finish", async () => {
  const told: string[] = [];
  const app = new App({ log: false });
  app.get("/events", { events: Tick }, async function* () {
    try {
      for (let count = 1; ; count += 1) {
        yield { count };
        await sleep(5);
      }
    } finally {
      told.push("events");
    }
  });
  app.get("/lines", { lines: Tick }, async function* () {
    yield { count: 1 };
    await sleep(100);
    yield { count: 2 };
  });
  const server = await app.listen({ port: 0, signals: false, stopTimeout: 60_000, idleGrace: 0 });
  const [events, lines] = await Promise.all([fetch(`${server.url}/events`), fetch(`${server.url}/lines`)]);
  await server.stop();
  assert.match(await events.text(), /^(data: \{"count":\d+\}\n\n)+$/);
  assert.equal(await lines.text(), '{"count":1}\n{"count":2}\n');
  assert.deepEqual(told, ["events"]);
});
