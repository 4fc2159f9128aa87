/** The HTTP client in an app: calls by schema, bound to the request, repeated, limited, followed, kept and closed. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { App, stream as pass } from "apus";
import { all, createHttpClient, httpClient, UpstreamError, type HttpClient } from "apus/http-client";
import { timeLimit } from "apus/middleware/time-limit";
import { stubUpstream, testClient, type StubCall } from "apus/testing";
import { z } from "zod";
import { RawConnection } from "./raw-connection.ts";

const User = z.object({ name: z.string() });

const failureOf = (call: Promise<unknown>): Promise<UpstreamError> =>
  call.then(
    () => assert.fail("The call succeeded."),
    (error: unknown) => {
      assert.ok(error instanceof UpstreamError, String(error));
      return error;
    },
  );

describe("as a dependency", () => {
  test("JSON by schema, with path parameters and query", async () => {
    await using upstream = await stubUpstream({
      "GET /api/users/{name}": ({ path }) => ({ name: path["name"], secret: 1 }),
    });
    const users = httpClient({ baseUrl: `${upstream.url}/api/`, name: "users" });
    const app = new App({ log: false });
    app.get("/{name}", { use: { users }, response: User }, (input) =>
      input.users.get("/users/{name}", {
        path: { name: input.path.name },
        query: { tag: ["a b", "c&d"], from: new Date(0), none: undefined },
        response: User,
      }),
    );
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/a%2Fb%3F%20ü")).json(), { name: "a/b? ü" });
    const { url, headers } = await upstream.called();
    assert.equal(url, "/api/users/a%2Fb%3F%20%C3%BC?tag=a+b&tag=c%26d&from=1970-01-01T00%3A00%3A00.000Z");
    assert.equal(headers["accept"], "application/json");
  });

  test("app.override() puts another one in its place", async () => {
    await using upstream = await stubUpstream({ "GET /users/ada": { name: "Stub" } });
    const users = httpClient({ baseUrl: "http://users.invalid" });
    const app = new App({ log: false });
    app.get("/", { use: { users } }, (input) => input.users.get("/users/ada", { response: User }));
    await using stubbed = await createHttpClient({ baseUrl: upstream.url });
    using _override = app.override(users, stubbed);
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/")).json(), { name: "Stub" });
    assert.equal(upstream.calls.length, 1);
  });

  test("the end of the app waits for calls, and ends them after the grace", async () => {
    await using upstream = await stubUpstream({ "GET /stall": (call) => call.stall() });
    const users = httpClient({ baseUrl: upstream.url, grace: 20 });
    const app = new App({ log: false });
    let given: HttpClient | undefined;
    app.get("/", { use: { users } }, (input) => void (given = input.users));
    await using client = await testClient(app);
    await client.fetch("/");
    assert.ok(given !== undefined);
    const failing = failureOf(given.get("/stall"));
    const call = await upstream.called();
    await client.close();
    assert.deepEqual([(await failing).kind, (await failing).status], ["closed", 503]);
    if (!call.signal.aborted) await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
    assert.equal((await failureOf(given.get("/stall"))).kind, "closed");
  });
});

describe("bound to the running request", () => {
  const build = (upstream: string): App => {
    const users = httpClient({ baseUrl: upstream, name: "users" });
    const app = new App({ log: false });
    app.get("/", { use: { users } }, (input) => input.users.get("/users", { response: User }));
    app.get("/two", { use: { users } }, (input) =>
      all([(signal) => input.users.get("/users", { signal }), (signal) => input.users.get("/users", { signal })]),
    );
    return app;
  };

  test("its client leaves: the upstream's call is given up", async () => {
    await using upstream = await stubUpstream({ "GET /users": (call) => call.stall() });
    await using client = await testClient(build(upstream.url), { socket: true });
    for (const [path, count] of [
      ["/", 1],
      ["/two", 2],
    ] as const) {
      const before = upstream.calls.length;
      const connection = await RawConnection.open(client.baseUrl);
      await connection.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const calls = await Promise.all(Array.from({ length: count }, (_, index) => upstream.called(before + index + 1)));
      connection.reset();
      for (const { signal } of calls) {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
    }
  });

  test("its id and trace go along; its deadline too, and bounds the call", async () => {
    const calls: StubCall[] = [];
    await using upstream = await stubUpstream({
      "GET /users": (call) => (calls.push(call) === 1 ? { name: "Ada" } : call.stall()),
    });
    const app = build(upstream.url);
    app.use(timeLimit({ after: 30_000 }));
    await using client = await testClient(app);
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const headers = { "x-request-id": "r-1", traceparent: `00-${trace}-b7ad6b7169203331-01`, tracestate: "a=b" };
    assert.equal((await client.fetch("/", { headers })).status, 200);
    const sent = calls[0]?.headers;
    assert.equal(sent?.["x-request-id"], "r-1");
    assert.match(String(sent?.["traceparent"]), new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    assert.equal(sent?.["tracestate"], "a=b");
    const left = Number(sent?.["x-request-deadline"]);
    assert.ok(left > 0 && left <= 30_000);
    const short = new App({ log: false });
    short.use(timeLimit({ after: 100, status: 504 }));
    short.mount("/inner", app);
    await using hurried = await testClient(short);
    assert.equal((await hurried.fetch("/inner/")).status, 504);
    assert.ok(Number((await upstream.called(2)).headers["x-request-deadline"]) <= 100);
  });

  test("nothing goes along with propagate: false, or to the URL of a user", async () => {
    await using upstream = await stubUpstream({ "GET /": { name: "Ada" } });
    const guard = { allow: ["127.0.0.1"], ports: [Number(new URL(upstream.url).port)] };
    const silent = httpClient({ baseUrl: upstream.url, propagate: false });
    const open = httpClient({ baseUrl: "http://open.invalid", headers: { "x-key": "secret" }, guard });
    const app = new App({ log: false });
    app.get("/", { use: { silent, open } }, async (input) => {
      await input.silent.get("/");
      await input.open.fetchUntrusted(upstream.url);
    });
    await using client = await testClient(app);
    await client.fetch("/", { headers: { "x-request-id": "r-1" } });
    assert.equal(upstream.calls.length, 2);
    for (const { headers } of upstream.calls) {
      assert.equal(headers["x-request-id"], undefined);
      assert.equal(headers["x-key"], undefined);
    }
  });
});

describe("content", () => {
  test("json, forms, multipart, bytes and streams are sent as what they are", async () => {
    await using upstream = await stubUpstream({ "POST /": undefined });
    await using client = await createHttpClient({ baseUrl: upstream.url });
    const form = new FormData();
    form.append("file", new Blob(["hello"], { type: "text/plain" }), "a.txt");
    const bodies = [
      { json: { a: 1 } },
      { form: { a: "x y", b: [1, 2] } },
      { form },
      { body: new Uint8Array([1, 2, 3]) },
      { body: new Blob(["blob"], { type: "text/x" }) },
      { body: stream(["one", "two"]) },
      { body: ReadableStream.from([Buffer.from("three")]) },
      { body: "text" },
    ];
    for (const body of bodies) assert.equal((await client.post("/", body)).status, 204);
    const seen = upstream.calls.map(({ headers, text }) => [headers["content-type"], text()] as const);
    assert.deepEqual(seen[0], ["application/json", '{"a":1}']);
    assert.deepEqual(seen[1], ["application/x-www-form-urlencoded", "a=x+y&b=1&b=2"]);
    assert.match(seen[2]?.[0] ?? "", /^multipart\/form-data; boundary=/);
    assert.match(seen[2]?.[1] ?? "", /filename="a\.txt"[^]*hello/);
    assert.deepEqual(seen.slice(3), [
      [undefined, "\x01\x02\x03"],
      ["text/x", "blob"],
      [undefined, "onetwo"],
      [undefined, "three"],
      ["text/plain;charset=UTF-8", "text"],
    ]);
    assert.equal(upstream.calls[4]?.headers["content-length"], "4");
  });

  test("the failure of a stream that is sent is the caller's own", async () => {
    await using upstream = await stubUpstream({ "POST /": undefined });
    await using client = await createHttpClient({ baseUrl: upstream.url });
    const own = new Error("The disk is gone.");
    const failing = stream(["one"], () => {
      throw own;
    });
    await assert.rejects(client.post("/", { body: failing }), own);
  });

  test("a stream that is sent is ended when the call is over, also while it waits", async () => {
    await using upstream = await stubUpstream({ "PUT /": (call) => call.stall() });
    await using client = await createHttpClient({ baseUrl: upstream.url });
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("one")),
      cancel: () => resolve(),
    });
    const leaving = new AbortController();
    const call = client.put("/", { body: silent, signal: leaving.signal });
    await sleep(20);
    leaving.abort(new Error("left"));
    await assert.rejects(call, /left/);
    await cancelled;
  });

  test("streams out come at the reader's pace, decoded, and hold a place until they end", async () => {
    const size = 8_000_000;
    let pulled = 0;
    const pieces = function* (): Generator<Uint8Array> {
      for (; pulled < size; pulled += 100_000) yield Buffer.alloc(100_000, "x");
    };
    await using upstream = await stubUpstream({
      "GET /large": () => new Response(ReadableStream.from(pieces())),
      "GET /gzip": () => new Response(gzipSync("hello"), { headers: { "content-encoding": "gzip" } }),
    });
    await using client = await createHttpClient({ baseUrl: upstream.url, concurrency: 1, queue: 0 });
    {
      await using slow = await client.stream("/large");
      for await (const piece of slow) {
        assert.ok(piece.length > 0);
        await sleep(50);
        break;
      }
      assert.ok(pulled < size, "it was not read ahead of the reader");
    }
    let total = 0;
    pulled = 0;
    const whole = await client.stream("/large");
    assert.equal((await failureOf(client.get("/gzip"))).kind, "busy");
    for await (const piece of whole) total += piece.length;
    assert.equal(total, size);
    const coded = await client.stream("/gzip");
    assert.equal(await new Response(coded.readable()).text(), "hello");
  });

  test("an answer may begin, and go on, before the request has ended", async () => {
    const server = createServer((request, response) => {
      response.flushHeaders();
      request.pipe(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from("one");
      await begun;
      yield Buffer.from("two");
    };
    {
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using client = await createHttpClient({ baseUrl, timeouts: { head: 30 } });
      const echo = await client.stream("/", { method: "POST", body: source() });
      const read: string[] = [];
      for await (const piece of echo) {
        read.push(String(piece));
        begin();
        if (read.length === 2) await sleep(60);
      }
      assert.deepEqual(read, ["one", "two"]);
    }
    server.close();
    await once(server, "close");
  });

  test("a stream that is passed on is given up when its client leaves", async () => {
    await using upstream = await stubUpstream({ "GET /": () => new Response(ReadableStream.from(endless())) });
    const media = httpClient({ baseUrl: upstream.url });
    const app = new App({ log: false });
    app.get("/", { use: { media } }, async (input) => pass(await input.media.stream("/")));
    await using client = await testClient(app, { socket: true });
    const connection = await RawConnection.open(client.baseUrl);
    await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const { signal } = await upstream.called();
    connection.reset();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    while (upstream.connections > 0) await new Promise(setImmediate);
  });

  test("a stream that nobody reads is given up", async () => {
    await using upstream = await stubUpstream({ "GET /": () => new Response(ReadableStream.from(endless())) });
    await using client = await createHttpClient({ baseUrl: upstream.url, timeouts: { unread: 20 } });
    const forgotten = await client.stream("/");
    while (client.stats().open > 0) await sleep(5);
    const error = await failureOf(forgotten[Symbol.asyncIterator]().next());
    assert.equal(error.stage, "unread");
  });
});

async function* stream(texts: readonly string[], after: () => void = () => undefined): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text);
    await sleep(1);
  }
  after();
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(10_000);
    await sleep(1);
  }
}
