/** Bodies that are not one JSON value, at every edge: bytes whole and as they come, their limits and types, and clients that leave. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, bearer, dependency, fail, rawBody, stream, streamBody, upload } from "apus";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";
import { exchange, RawConnection } from "./raw-connection.ts";

const app = new App({ log: false });

export const readRaw = app.post(
  "/raw",
  { body: rawBody({ types: ["image/png", "text/*"], maxBytes: 100_000 }) },
  ({ body }) => ({ size: body.length, kind: body.constructor.name, last: body.at(-1) ?? null }),
);
app.post("/any", { body: rawBody() }, ({ body }) => ({ size: body.length }));
app.post("/signed", { body: rawBody({ types: ["application/json"] }) }, ({ body }) => ({
  text: Buffer.from(body).toString(),
}));
export const readStream = app.post("/stream", { body: streamBody({ maxBytes: 1_000_000 }) }, async ({ body }) => {
  let size = 0;
  for await (const chunk of body) size += chunk.length;
  return { size };
});
app.post("/echo", { body: streamBody({ maxBytes: 10_000_000 }) }, ({ body }) => stream(body));
app.post("/first", { body: streamBody({ maxBytes: 10_000_000 }) }, async ({ body }) => {
  for await (const chunk of body) return { byte: chunk[0] };
  return fail(400, "nothing came");
});
app.post("/unread", { body: streamBody({ maxBytes: 10_000_000 }) }, () => ({ read: false }));
app.post("/twice", { body: streamBody() }, async ({ body }) => {
  for await (const _ of body);
  const again = body[Symbol.asyncIterator].bind(body);
  assert.throws(again, /read already: it can be iterated once/);
  return { thrown: true };
});
const token = bearer({ verify: (given) => (given === "t0ken" ? given : undefined) });
app.post("/guarded", { body: rawBody(), use: { token }, query: z.object({ id: z.int() }) }, ({ body }) => body.length);

let late = Promise.withResolvers<unknown>();
app.post("/late", { body: streamBody({ maxBytes: 10_000_000 }) }, ({ body, background }) => {
  background(async () => {
    try {
      for await (const _ of body);
      late.resolve("read");
    } catch (error) {
      late.resolve((error as Error).message);
    }
  });
});

type Api = { readonly readRaw: typeof readRaw; readonly readStream: typeof readStream };
const build = (): App => app;

type Send = (
  path: string,
  body: Uint8Array<ArrayBuffer> | undefined,
  headers?: Record<string, string>,
) => Promise<Response>;
const sender =
  (client: { fetch(path: string, init: RequestInit): Promise<Response> }): Send =>
  (path, body, headers = {}) =>
    client.fetch(path, { method: "POST", headers, ...(body !== undefined && { body }) });

const png = { "content-type": "image/png" };
const large = new Uint8Array(300_000).fill(7);

onEveryEdge<Api>("bytes are received whole, as a plain Uint8Array", build, async (client) => {
  const body = new Blob([new Uint8Array([1, 2, 255])], { type: "image/png" });
  assert.deepEqual(await client.post("/raw", { body }), { size: 3, kind: "Uint8Array", last: 255 });
  const send = sender(client);
  const most = await send("/raw", large.subarray(0, 100_000), { "content-type": "Text/Plain; charset=latin1" });
  assert.deepEqual(await most.json(), { size: 100_000, kind: "Uint8Array", last: 7 });
  assert.deepEqual(await (await send("/any", large)).json(), { size: 300_000 });
  const signed = await send("/signed", Buffer.from('{ "a": 1 }\n'), { "content-type": "application/json" });
  assert.deepEqual(await signed.json(), { text: '{ "a": 1 }\n' });
});

onEveryEdge<Api>("no body at all is no bytes", build, async (client) => {
  const send = sender(client);
  for (const path of ["/raw", "/any", "/stream"]) {
    const answer = await send(path, undefined);
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { size: number }).size, 0);
  }
});

onEveryEdge<Api>("another type, no type, and content that is compressed are a 415", build, async (client) => {
  const send = sender(client);
  const bytes = new Uint8Array(3);
  for (const type of ["image/gif", "image/pngx", "application/json", "png", ""]) {
    const answer = await send("/raw", bytes, type === "" ? {} : { "content-type": type });
    assert.equal(answer.status, 415, type);
    assert.equal(answer.headers.get("accept"), "image/png, text/*");
  }
  assert.equal((await send("/signed", bytes, { "content-type": "application/x+json" })).status, 415);
  for (const path of ["/raw", "/any", "/stream"]) {
    const answer = await send(path, bytes, { ...png, "content-encoding": "gzip" });
    assert.equal(answer.status, 415, path);
    assert.equal(answer.headers.get("accept-encoding"), "identity");
  }
});

onEveryEdge<Api>("beyond the limit it is a 413, with a length or in chunks", build, async (client) => {
  const whole = await sender(client)("/raw", large, png);
  assert.equal(whole.status, 413);
  assert.equal(((await whole.json()) as { limit: number }).limit, 100_000);
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < 12; sent += 1) yield large.subarray(0, 100_000);
  };
  const outcome = await client.post.outcome("/stream", { body: pieces() });
  assert.equal(outcome.response.status, 413);
  const bytes = new Uint8Array(1_100_000);
  assert.equal((await client.post.outcome("/stream", { body: bytes })).response.status, 413);
  assert.deepEqual(await client.post("/stream", { body: bytes.subarray(0, 1_000_000) }), { size: 1_000_000 });
});

onEveryEdge<Api>("a body is answered while it comes, in part, and not at all", build, async (client) => {
  const send = sender(client);
  const echo = new Uint8Array(await (await send("/echo", large)).arrayBuffer());
  assert.deepEqual(echo, large);
  assert.deepEqual(await (await send("/first", large)).json(), { byte: 7 });
  assert.deepEqual(await (await send("/unread", large)).json(), { read: false });
  assert.deepEqual(await (await send("/twice", large.subarray(0, 100))).json(), { thrown: true });
});

onEveryEdge<Api>("who is refused has nothing received; issues of other places need no body", build, async (client) => {
  const send = sender(client);
  assert.equal((await send("/guarded?id=1", large)).status, 401);
  const known = { authorization: "Bearer t0ken" };
  assert.equal((await send("/guarded?id=x", large, known)).status, 422);
  assert.equal(await (await send("/guarded?id=1", large, known)).json(), 300_000);
});

onEveryEdge<Api>("behind its request a body cannot be read", build, async (client) => {
  for (const size of [10, 100_000, 300_000]) {
    late = Promise.withResolvers();
    const answer = await sender(client)("/late", large.subarray(0, size));
    assert.equal(answer.status, 204);
    await answer.text();
    assert.equal(await late.promise, "The request's body ended with its request: read it before.");
  }
});

for (const engine of ["net", "node"] as const) {
  test(`100 (Continue) is sent when somebody reads, and not to who is refused (${engine})`, async () => {
    const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
    try {
      const head = (path: string, type: string): string =>
        `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nContent-Type: ${type}\r\n\r\n`;
      await using waiting = await RawConnection.open(server.url);
      await waiting.send(head("/stream", "a/b"));
      assert.equal((await waiting.answer()).status, 100);
      await waiting.send("abc");
      assert.equal((await waiting.answer()).text, '{"size":3}');
      assert.equal((await exchange(server.url, head("/raw", "image/gif"))).status, 415);
      const twice = `POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Type: image/png\r\nContent-Type: text/plain\r\n\r\nx`;
      assert.equal((await exchange(server.url, twice)).status, 415);
    } finally {
      await server.stop();
    }
  });

  test(`the iteration throws when the client goes away, and nothing is logged as an error (${engine})`, async () => {
    const told: { level: string; fields: Readonly<Record<string, unknown>> }[] = [];
    const write = (level: string) => (_message: string, fields?: object) =>
      void told.push({ level, fields: { ...fields } });
    const log = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
    const logger = { ...log, child: () => logger };
    const watched = new App({ log: logger });
    for (const way of ["reset", "finish"] as const) {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<unknown>();
      watched.post(`/${way}`, { body: streamBody() }, async ({ body }) => {
        try {
          for await (const _ of body) begun.resolve();
        } catch (error) {
          ended.resolve(error);
          throw error;
        }
      });
      gone.set(way, { begun: begun.promise, ended: ended.promise });
    }
    const server = await watched.listen({ port: 0, signals: false, idleGrace: 0, engine });
    for (const [way, { begun, ended }] of gone) {
      await using connection = await RawConnection.open(server.url);
      await connection.send(`POST /${way} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
      await begun;
      connection[way]();
      assert.equal(((await ended) as Error).name, "ClientGoneError");
    }
    await server.stop();
    assert.deepEqual(
      told.filter(({ level }) => level === "error"),
      [],
    );
    gone.clear();
  });

  test(`a handler that takes its time holds its client back (${engine})`, async () => {
    const waits = Promise.withResolvers<void>();
    const slow = new App({ log: false });
    const size = 64 * 1_048_576;
    slow.post("/", { body: streamBody({ maxBytes: size }) }, async ({ body }) => {
      let received = 0;
      for await (const chunk of body) {
        await waits.promise;
        received += chunk.length;
      }
      return { received };
    });
    const server = await slow.listen({ port: 0, signals: false, idleGrace: 0, engine });
    const piece = new Uint8Array(1_048_576);
    let pulled = 0;
    const pieces = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += piece.length;
        controller.enqueue(piece);
        if (pulled === size) controller.close();
      },
    });
    const answered = fetch(server.url, { method: "POST", body: pieces, duplex: "half" });
    // Nothing moves any more once what the systems on both sides keep is full.
    for (let last = -1; last !== pulled;) {
      last = pulled;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(pulled < size / 2, `${pulled} bytes were taken`);
    waits.resolve();
    assert.deepEqual(await (await answered).json(), { received: size });
    await server.stop();
  });
}

const gone = new Map<"reset" | "finish", { readonly begun: Promise<void>; readonly ended: Promise<unknown> }>();

test("declarations that cannot work end the start, and say where", async () => {
  const tenant = dependency({ body: z.object({ tenant: z.string() }) }, ({ body }) => body.tenant);
  const login = dependency({ form: z.object({ name: z.string() }) }, ({ form }) => form.name);
  const wrong: readonly (readonly [options: object, words: RegExp])[] = [
    [{ body: rawBody(), use: { tenant } }, /POST \/ at .*declares body, where the operation's body is not JSON/],
    [{ body: streamBody(), use: { login } }, /declares form, where the operation's body is not JSON/],
    [{ body: rawBody({ maxBytes: 10 }), bodyLimit: 5 }, /may have 10 bytes, which the bodyLimit of 5/],
    [{ body: rawBody(), files: { file: upload() } }, /declare either body or files/],
    [{ body: rawBody(), form: z.object({}) }, /declare either body or form/],
  ];
  for (const [options, words] of wrong) {
    const broken = new App({ log: false });
    broken.post("/", options, () => 1);
    await assert.rejects(broken.start(), { code: "APUS_BAD_OPTION", message: words });
  }
});
