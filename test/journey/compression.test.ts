/** Compressed answers as clients get them: whole ones, events, HEAD, errors, and readers that leave. */

import assert from "node:assert/strict";
import { brotliDecompressSync, createGunzip, gunzipSync } from "node:zlib";
import { text, type App } from "apus";
import { compression } from "apus/middleware/compression";
import { conditional } from "apus/middleware/conditional";
import { onEveryEdge, type Edge } from "./edges.ts";
import { createLoggedApp, findErrorLine } from "./collected-log.ts";
import { exchange } from "./raw-connection.ts";

const items = Array.from({ length: 200 }, (_, id) => ({ id, name: `Item ${id}` }));
const decoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};

/** Of the app that was built last. */
let gate: PromiseWithResolvers<void>;
let released: PromiseWithResolvers<void>;

async function* makeEvents(): AsyncIterable<Uint8Array> {
  try {
    yield Buffer.from("data: 1\n\n");
    await gate.promise;
    yield Buffer.from("data: 2\n\n");
  } finally {
    released.resolve();
  }
}

async function* makeFailing(): AsyncIterable<Uint8Array> {
  yield Buffer.from("half");
  throw new Error("the source failed");
}

function answerStream(source: AsyncIterable<Uint8Array>, type: string): Response {
  return new Response(ReadableStream.from(source), { headers: { "content-type": type } });
}

function buildCatalogue(): App {
  gate = Promise.withResolvers();
  released = Promise.withResolvers();
  const app = createLoggedApp();
  app.use(compression({ threshold: 100 }));
  app.use(conditional());
  app.get("/items", () => items);
  app.get("/short", () => text("short"));
  app.get("/events", () => answerStream(makeEvents(), "text/event-stream"));
  app.get("/failing", () => answerStream(makeFailing(), "text/plain"));
  return app;
}

/** `fetch` decodes what came through a socket; in process nobody does. */
async function readDecoded(response: Response, edge: Edge): Promise<string> {
  if (edge === "socket") return response.text();
  const decode = decoders[response.headers.get("content-encoding") ?? ""];
  const bytes = new Uint8Array(await response.arrayBuffer());
  return Buffer.from(decode === undefined ? bytes : decode(bytes)).toString();
}

const accept = (coding: string): RequestInit => ({ headers: { "accept-encoding": coding } });

onEveryEdge("whole answers, in what the client likes best", buildCatalogue, async (client, edge) => {
  for (const [field, coding] of [
    ["gzip, deflate, br", "br"],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["identity", null],
    ["gzip;q=0, identity;q=0", null],
  ] as const) {
    const answer = await client.fetch("/items", accept(field));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-encoding"), coding, field);
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
    assert.match(answer.headers.get("etag") ?? "", coding === null ? /^"/ : /^W\/"/);
    assert.deepEqual(JSON.parse(await readDecoded(answer, edge)), items);
  }
  const short = await client.fetch("/short", accept("br"));
  assert.deepEqual([short.headers.get("content-encoding"), await short.text()], [null, "short"]);
});

onEveryEdge("the weak tag of a compressed answer gets a 304 with itself", buildCatalogue, async (client) => {
  const first = await client.fetch("/items", accept("br"));
  const etag = first.headers.get("etag") ?? "";
  await first.arrayBuffer();
  const headers = { "accept-encoding": "br", "if-none-match": etag };
  const second = await client.fetch("/items", { headers });
  assert.equal(second.status, 304);
  assert.equal(second.headers.get("etag"), etag);
  assert.equal(second.headers.get("vary"), "Accept-Encoding");
  assert.equal(second.headers.get("content-encoding"), null);
  assert.equal(second.headers.get("content-type"), null);
});

onEveryEdge("errors are compressed, too", buildCatalogue, async (client, edge) => {
  const answer = await client.fetch(`/${"nowhere".repeat(20)}`, accept("gzip"));
  assert.equal(answer.status, 404);
  const coding = answer.headers.get("content-encoding");
  const problem = JSON.parse(await readDecoded(answer, edge)) as { status: number };
  assert.equal(problem.status, 404);
  assert.equal(coding, JSON.stringify(problem).length < 100 ? null : "gzip");
});

onEveryEdge("an event arrives before the next one is made", buildCatalogue, async (client, edge) => {
  const answer = await client.fetch("/events", accept("gzip"));
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  const decoder = createGunzip();
  const raw = answer.body as ReadableStream<Uint8Array>;
  const decoded = edge === "socket" ? raw : raw.pipeThrough(asPair(decoder));
  const reader = decoded.getReader();
  const first = await reader.read();
  assert.equal(Buffer.from(first.value ?? []).toString(), "data: 1\n\n");
  gate.resolve();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read())
    rest += Buffer.from(part.value).toString();
  assert.equal(rest, "data: 2\n\n");
  await released.promise;
});

/** A decoder as the two ends that `pipeThrough` takes. */
function asPair(decoder: ReturnType<typeof createGunzip>) {
  const writable = new WritableStream<Uint8Array>({
    write: (chunk) => new Promise((resolve) => void decoder.write(chunk, () => resolve())),
    close: () => void decoder.end(),
  });
  return { writable, readable: ReadableStream.from<Uint8Array>(decoder) };
}

onEveryEdge("HEAD has the fields of GET and no length", buildCatalogue, async (client, edge) => {
  const answer = await client.fetch("/items", { method: "HEAD", ...accept("br") });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-encoding"), "br");
  assert.equal(answer.headers.get("vary"), "Accept-Encoding");
  assert.equal(answer.headers.get("content-length"), null);
  assert.equal(await answer.text(), "");
  if (edge === "process") return;
  const head = "HEAD /items HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n";
  const raw = await exchange(client.baseUrl, head, { head: true });
  assert.deepEqual([raw.headers.get("content-length"), raw.headers.get("transfer-encoding")], [null, null]);
});

onEveryEdge("a reader that leaves releases the source", buildCatalogue, async (client) => {
  const leaving = new AbortController();
  const answer = await client.fetch("/events", { ...accept("gzip"), signal: leaving.signal });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const cancelled = reader.cancel().catch(() => {});
  leaving.abort();
  gate.resolve();
  await cancelled;
  await released.promise;
});

onEveryEdge("a source that fails cuts the answer, and is logged", buildCatalogue, async (client) => {
  const answer = await client.fetch("/failing", accept("gzip"));
  assert.equal(answer.status, 200);
  await assert.rejects(answer.arrayBuffer());
  const { error } = await findErrorLine();
  assert.equal(error.message, "the source failed");
});
