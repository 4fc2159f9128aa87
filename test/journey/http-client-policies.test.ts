/** How the HTTP client calls: repeats, breaker, queue, redirects, cookies, cache, HTTP/2, figures. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import { createHttpClient, UpstreamError, type HttpClientOptions, type UpstreamErrorKind } from "apus/http-client";
import { stubUpstream, type StubCall } from "apus/testing";
import { z } from "zod";

const quick = { retries: { base: 1 } } satisfies Omit<HttpClientOptions, "baseUrl">;

const failureOf = (call: Promise<unknown>): Promise<UpstreamError> =>
  call.then(
    () => assert.fail("The call succeeded."),
    (error: unknown) => {
      assert.ok(error instanceof UpstreamError, String(error));
      return error;
    },
  );

const kindOf = async (call: Promise<unknown>): Promise<UpstreamErrorKind> => (await failureOf(call)).kind;

/** Answers with these statuses, one for each call, and then with 200. */
const answers = (...statuses: readonly number[]): ((call: StubCall) => Response) => {
  const left = [...statuses];
  return () => new Response("ok", { status: left.shift() ?? 200 });
};

describe("retries", () => {
  test("a call that has the same effect twice is made again", async () => {
    await using upstream = await stubUpstream({ "GET /": answers(503, 502), "PUT /": answers(504) });
    await using client = await createHttpClient({ ...quick, baseUrl: upstream.url });
    assert.equal((await client.get("/")).status, 200);
    assert.equal((await client.put("/", { json: { a: 1 } })).status, 200);
    assert.equal(upstream.calls.length, 5);
    assert.deepEqual(upstream.calls.at(-1)?.json(), { a: 1 });
    assert.equal(client.stats().retries, 3);
  });

  test("so is one that was broken off", async () => {
    let count = 0;
    await using upstream = await stubUpstream({ "GET /": (call) => ((count += 1) < 3 ? call.reset() : "ok") });
    await using client = await createHttpClient({ ...quick, baseUrl: upstream.url });
    assert.equal((await client.get("/")).text(), '"ok"');
  });

  test("a POST is not, unless it has a key, or it is asked for", async () => {
    await using upstream = await stubUpstream({
      "POST /plain": answers(503),
      "POST /key": answers(503),
      "POST /asked": answers(503),
      "POST /reset": (call) => call.reset(),
    });
    await using client = await createHttpClient({ ...quick, baseUrl: upstream.url });
    assert.equal((await client.post("/plain")).status, 503);
    assert.equal((await client.post("/key", { headers: { "idempotency-key": "k" } })).status, 200);
    assert.equal((await client.post("/asked", { retries: 1 })).status, 200);
    assert.equal(await kindOf(client.post("/reset", { json: 1 })), "connection");
    assert.equal(upstream.calls.filter(({ url }) => url === "/reset").length, 1);
  });

  test("a stream is not, even if it is asked for", async () => {
    await using upstream = await stubUpstream({ "PUT /": answers(503) });
    await using client = await createHttpClient({ ...quick, baseUrl: upstream.url });
    const body = ReadableStream.from([Buffer.from("one")]);
    assert.equal((await client.put("/", { body, retries: 3 })).status, 503);
    assert.equal(upstream.calls.length, 1);
  });

  test("Retry-After is kept to, unless it is too long", async () => {
    const busy = (seconds: string): Response =>
      new Response(null, { status: 429, headers: { "retry-after": seconds } });
    let count = 0;
    await using upstream = await stubUpstream({
      "GET /now": () => ((count += 1) === 1 ? busy("0") : "ok"),
      "GET /later": () => busy("3600"),
    });
    await using client = await createHttpClient({ ...quick, baseUrl: upstream.url });
    assert.equal((await client.get("/now")).status, 200);
    assert.equal((await client.get("/later")).status, 429);
    assert.equal(upstream.calls.length, 3);
  });

  test("what is not there is tried again by any call, and is a 502", async () => {
    const gone = await stubUpstream();
    await gone.close();
    await using client = await createHttpClient({ ...quick, baseUrl: gone.url, name: "gone" });
    const error = await failureOf(client.post("/", { json: 1 }));
    assert.deepEqual(
      [error.kind, error.status, error.message],
      ["connect", 502, "The upstream gone could not be reached."],
    );
    assert.equal(client.stats().retries, 2);
  });

  test("many failures use the budget up: then calls are made once", async () => {
    await using upstream = await stubUpstream({ "GET /": () => new Response(null, { status: 503 }) });
    await using client = await createHttpClient({ ...quick, breaker: false, baseUrl: upstream.url });
    for (let count = 0; count < 100; count += 1) assert.equal((await client.get("/")).status, 503);
    const { retries } = client.stats();
    assert.ok(retries >= 20 && retries <= 40, String(retries));
  });
});

test("the breaker opens, answers 503 with Retry-After, and lets one try decide", async () => {
  let isBroken = true;
  await using upstream = await stubUpstream({ "GET /": () => new Response(null, { status: isBroken ? 500 : 200 }) });
  const breaker = { minimum: 4, pause: 50 };
  await using client = await createHttpClient({ baseUrl: upstream.url, retries: 0, breaker });
  for (let count = 0; count < 4; count += 1) await client.get("/");
  const error = await failureOf(client.get("/"));
  assert.deepEqual([error.kind, error.status, error.headers["retry-after"]], ["open", 503, "1"]);
  assert.equal(await kindOf(client.check()), "open");
  assert.equal(upstream.calls.length, 4);
  isBroken = false;
  while (client.stats().origins[upstream.url]?.breaker === "open") await new Promise(setImmediate);
  assert.equal((await client.get("/")).status, 200);
  assert.equal(client.stats().origins[upstream.url]?.breaker, "closed");
  await client.check();
});

test("so many calls at a time, so many wait, and not for ever", async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await using upstream = await stubUpstream({ "GET /": () => opened.then(() => "open") });
  const limits = { concurrency: 2, queue: 2, retries: 0, timeouts: { queue: 60_000 } };
  await using client = await createHttpClient({ ...limits, baseUrl: upstream.url });
  const calls = Array.from({ length: 4 }, () => client.get("/"));
  await upstream.called(2);
  assert.equal(await kindOf(client.get("/")), "busy");
  const { running, queued } = client.stats().origins[upstream.url] ?? {};
  assert.deepEqual([running, queued, upstream.calls.length], [2, 2, 2]);
  open();
  for (const answer of await Promise.all(calls)) assert.equal(answer.status, 200);
  await using hasty = await createHttpClient({
    ...limits,
    baseUrl: upstream.url,
    concurrency: 1,
    timeouts: { queue: 10 },
  });
  const held = await hasty.stream("/");
  assert.equal(await kindOf(hasty.get("/")), "busy");
  await held[Symbol.asyncDispose]();
});

describe("redirects", () => {
  const to = (location: string, status = 302): Response => new Response(null, { status, headers: { location } });

  test("are followed; a POST becomes a GET, a 307 stays what it is", async () => {
    await using upstream = await stubUpstream({
      "POST /old": to("/new?x=1"),
      "POST /moved": to("new", 307),
      "GET /new": "read",
      "POST /new": ({ text }) => text(),
    });
    await using client = await createHttpClient({ baseUrl: upstream.url, headers: { "x-key": "k" } });
    const answer = await client.post("/old", { json: 1 });
    assert.deepEqual([answer.url, await answer.json()], [`${upstream.url}/new?x=1`, "read"]);
    assert.equal(upstream.calls[1]?.headers["content-type"], undefined);
    assert.equal(await (await client.post("/moved", { body: "sent" })).json(), "sent");
    assert.ok(upstream.calls.every(({ headers }) => headers["x-key"] === "k"));
    assert.equal((await client.post("/old", { redirects: 0 })).status, 302);
  });

  test("to another origin go without credentials and without content, and only to public addresses", async () => {
    await using other = await stubUpstream({ "GET /": "other", "POST /": "other" });
    await using upstream = await stubUpstream({ "GET /": to(`${other.url}/`), "POST /": to(`${other.url}/`, 307) });
    const headers = { authorization: "Bearer t", "x-key": "k", cookie: "a=b" };
    await using trusting = await createHttpClient({
      baseUrl: upstream.url,
      headers,
      redirects: { origins: [other.url] },
    });
    assert.equal(await (await trusting.get("/")).json(), "other");
    const names = Object.keys(other.calls[0]?.headers ?? {});
    assert.deepEqual(names.toSorted(), ["accept", "accept-encoding", "connection", "host"]);
    assert.equal(await kindOf(trusting.post("/", { json: 1 })), "redirect");
    assert.equal((await trusting.post("/")).status, 200);
    await using careful = await createHttpClient({ baseUrl: upstream.url, headers });
    const error = await failureOf(careful.get("/"));
    assert.deepEqual([error.kind, error.status], ["redirect", 502]);
    assert.equal(other.calls.length, 2);
  });
});

test("cookies are kept and sent where they belong", async () => {
  await using upstream = await stubUpstream({
    "GET /login": () =>
      new Response(null, {
        headers: [
          ["set-cookie", "id=1; Path=/; HttpOnly"],
          ["set-cookie", "deep=2; Path=/deep"],
          ["set-cookie", "foreign=3; Domain=example.com"],
        ],
      }),
    "GET /deep": undefined,
    "GET /": undefined,
  });
  await using client = await createHttpClient({ baseUrl: upstream.url, cookies: true });
  await using forgetful = await createHttpClient({ baseUrl: upstream.url });
  for (const path of ["/login", "/", "/deep"]) await client.get(path);
  for (const path of ["/login", "/"]) await forgetful.get(path);
  const sent = upstream.calls.map(({ headers }) => headers.cookie);
  assert.deepEqual(sent, [undefined, "id=1", "deep=2; id=1", undefined, undefined]);
});

test("the cache keeps what a shared cache may, and asks again for what it may not", async () => {
  const cached = (control: string) => (): Response => new Response("x", { headers: { "cache-control": control } });
  await using upstream = await stubUpstream({
    "GET /shared": cached("max-age=60"),
    "GET /private": cached("private, max-age=60"),
    "GET /never": cached("no-store"),
  });
  await using client = await createHttpClient({ baseUrl: upstream.url, cache: true });
  for (const path of ["/shared", "/private", "/never"]) {
    for (let count = 0; count < 3; count += 1) assert.equal((await client.get(path)).text(), "x");
  }
  const counts = ["/shared", "/private", "/never"].map(
    (path) => upstream.calls.filter(({ url }) => url === path).length,
  );
  assert.deepEqual(counts, [1, 3, 3]);
  const authorized = { headers: { authorization: "Bearer t" } };
  await client.get("/shared", authorized);
  assert.equal(client.stats().open, 0);
});

test("HTTP/2 is spoken where it is offered: many calls over one connection, each with an end of its own", async () => {
  const folder = new URL("certificates/", import.meta.url);
  const [cert, key] = ["localhost-cert.pem", "localhost-key.pem"].map((name) => readFileSync(new URL(name, folder)));
  assert.ok(cert !== undefined && key !== undefined);
  const server = createSecureServer({ cert, key, allowHTTP1: true });
  let connections = 0;
  server.on("secureConnection", () => (connections += 1));
  server.on("request", (request, response) => {
    if (request.url === "/half") response.write("{");
    else if (request.url === "/large") response.end(Buffer.alloc(2_000_000));
    else if (request.url !== "/stall") response.end(JSON.stringify({ version: request.httpVersion }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `https://localhost:${(server.address() as AddressInfo).port}`;
  const Version = z.object({ version: z.string() });
  {
    await using client = await createHttpClient({ baseUrl, tls: { ca: cert }, retries: 0 });
    const calls = Array.from({ length: 50 }, () => client.get("/", { response: Version }));
    for (const { version } of await Promise.all(calls)) assert.equal(version, "2.0");
    assert.equal(connections, 1);
    const stalled = await failureOf(client.get("/stall", { timeouts: { head: 20 } }));
    assert.deepEqual([stalled.kind, stalled.stage], ["timeout", "head"]);
    const halved = await failureOf(client.get("/half", { timeouts: { idle: 20 } }));
    assert.deepEqual([halved.kind, halved.stage], ["timeout", "idle"]);
    // Who reads slowly is not the one that sends nothing.
    let size = 0;
    for await (const piece of await client.stream("/large", { timeouts: { idle: 1_000 } })) {
      if (size === 0) await sleep(1_200);
      size += piece.length;
    }
    assert.equal(size, 2_000_000);
    assert.equal((await client.get("/", { response: Version })).version, "2.0");
    assert.equal(connections, 1);
    await using old = await createHttpClient({ baseUrl, tls: { ca: cert }, http2: false });
    assert.equal((await old.get("/", { response: Version })).version, "1.1");
    await using strict = await createHttpClient({ baseUrl, retries: 0 });
    assert.equal(await kindOf(strict.get("/")), "connect");
  }
  server.close();
  await once(server, "close");
});

describe("answers and errors", () => {
  test("statuses that mean nothing are undefined, others are errors that have the answer", async () => {
    await using upstream = await stubUpstream({
      "GET /bad": () => Response.json({ reason: "hunter2" }, { status: 409 }),
      "GET /": { name: "Ada" },
    });
    await using client = await createHttpClient({ baseUrl: upstream.url });
    const User = z.object({ name: z.string() });
    assert.equal(await client.get("/missing", { response: User, none: [404] }), undefined);
    const error = await failureOf(client.get("/bad", { response: User }));
    assert.deepEqual([error.kind, error.status, error.answer?.status], ["status", 502, 409]);
    assert.deepEqual(await error.answer?.json(), { reason: "hunter2" });
    assert.equal(JSON.stringify(error).includes("hunter2"), false);
    const answer = await client.get("/");
    assert.equal(answer.headers.get("Content-Type"), "application/json");
    assert.deepEqual(await answer.json(User), { name: "Ada" });
    const { status, bytes } = await client.head("/");
    assert.deepEqual([status, bytes.length], [200, 0]);
  });

  test("check() asks for its path", async () => {
    await using upstream = await stubUpstream({ "GET /health": answers(200, 500) });
    await using client = await createHttpClient({ baseUrl: upstream.url, check: "/health" });
    await client.check();
    assert.equal(await kindOf(client.check()), "status");
  });

  test("parameters do not leave their place, and URLs do not leave the origin", async () => {
    await using upstream = await stubUpstream({ "GET /a/b": "same" });
    await using client = await createHttpClient({ baseUrl: `${upstream.url}/a` });
    for (const name of ["..", ".", "", "\ud800"]) {
      assert.equal(await kindOf(client.get("/{name}", { path: { name } })), "refused");
    }
    assert.equal(await kindOf(client.get(new URL("http://other.example/"))), "redirect");
    assert.equal(await (await client.get(new URL(`${upstream.url}/a/b`))).json(), "same");
    await client.get("//evil.example/x");
    assert.equal(upstream.calls.at(-1)?.url, "/a//evil.example/x");
    for (const path of ["b", "/b#c", "/..\\b", "http://evil.example/", "/.\t./b"]) {
      await assert.rejects(client.get(path), { code: "APUS_BAD_TEMPLATE" });
    }
    await assert.rejects(client.get("/b", { headers: { "x-a": "1\r\nx-b: 2" } }), { code: "APUS_INVALID_HEADER" });
    await assert.rejects(client.get("/b", { body: "a", json: 1 }), { code: "APUS_BAD_OPTION" });
    assert.equal(client.stats().open, 0);
  });
});
