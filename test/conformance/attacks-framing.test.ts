/** Attacks on the framing of requests that reach beyond the parser: codings, hosts, and bytes that come at the wrong moment. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { exchange, RawConnection } from "../journey/raw-connection.ts";
import { assertNextAnswered, head, kept, postHead, serve } from "../journey/watched-app.ts";

test("1, 20 CVE-2020-8287: a transfer coding other than exactly one chunked is refused", async () => {
  await using served = await serve();
  for (const coding of [
    "gzip, chunked",
    "chunked, chunked",
    "identity, chunked",
    "chunked\r\nTransfer-Encoding: chunked",
  ]) {
    const text = `${postHead("/unread", `Transfer-Encoding: ${coding}`, "Connection: close")}0\r\n\r\n`;
    assert.equal((await exchange(served.url, text)).status, 400, coding);
  }
  assert.deepEqual(kept.runs, []);
  const text = `${postHead("/unread", "Transfer-Encoding: Chunked", "Connection: close")}0\r\n\r\n`;
  assert.equal((await exchange(served.url, text)).status, 200);
  await assertNextAnswered(served.url);
});

test("23 CVE-2023-47641: Content-Length and Transfer-Encoding together are a 400 and the end", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  const hidden = head("POST /unread", "Content-Length: 0");
  await connection.send(`${postHead("/unread", "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n${hidden}`);
  assert.equal((await connection.answer()).status, 400);
  await connection.ended();
  assert.deepEqual(kept.runs, []);
  await assertNextAnswered(served.url);
});

test("28 CVE-2026-48710: a Host field that is no host is a 400", async () => {
  await using served = await serve();
  for (const host of [
    "a/admin",
    "a?b",
    "a#b",
    "user@a",
    "a b",
    "[::1",
    "a:b",
    "a:80:80",
    "http://a",
    "\u00ff",
    "[a]b",
  ]) {
    assert.equal(
      (await exchange(served.url, `GET /alive HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status,
      400,
      host,
    );
  }
  assert.deepEqual(kept.runs, []);
  for (const host of ["a", "a.example:8000", "[::1]:80", "[::1]", "127.0.0.1", "a_b-c.example.", "a:", ""]) {
    assert.equal(
      (await exchange(served.url, `GET /alive HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status,
      200,
      host,
    );
  }
  await assertNextAnswered(served.url);
});

interface Slow extends AsyncDisposable {
  readonly url: string;
}

/** `/slow` takes a moment; `/stream` sends its head and a chunk, and then the rest after a moment. */
async function serveSlow(): Promise<Slow> {
  const app = new App({ log: false });
  app.get("/slow", async () => {
    await sleep(100);
    return "first";
  });
  app.post("/stream", () => new Response(streamSlowly()));
  const limits = { headTimeout: 300, requestTimeout: 500 };
  const server = await app.listen({ port: 0, signals: false, limits, stopTimeout: 200 });
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}

function streamSlowly(): ReadableStream<Uint8Array> {
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      if (count > 0) await sleep(100);
      count += 1;
      if (count > 30) controller.close();
      else controller.enqueue(Buffer.from("chunk"));
    },
  });
}

test("26 a request before malformed bytes is answered first, then comes the 400, then the end", async () => {
  await using served = await serveSlow();
  for (const garbage of ["GARBAGE GARBAGE\r\n\r\n", "GET /slow HTTP/1.1\r\nHost : a\r\n\r\n", "\u0000\u0001"]) {
    await using connection = await RawConnection.open(served.url);
    await connection.send(head("GET /slow") + garbage);
    const first = await connection.answer();
    assert.deepEqual([first.status, first.text], [200, '"first"']);
    assert.equal((await connection.answer()).status, 400);
    await connection.ended();
  }
});

test("an answer that has begun is cut, and no other one is written into it", async () => {
  await using served = await serveSlow();
  const broken = [
    postHead("/stream", "Content-Length: 100000"),
    `${postHead("/stream", "Transfer-Encoding: chunked")}5\r\nhello\r\n`,
  ];
  for (const [index, text] of broken.entries()) {
    await using connection = await RawConnection.open(served.url);
    await connection.send(text);
    await sleep(50);
    // One body never comes to its end, the other one goes on with what is no chunk.
    if (index === 1) await connection.send("ZZZ\r\n");
    await connection.ended();
    assert.match(connection.received, /^HTTP\/1\.1 200 /);
    assert.equal(connection.received.split("HTTP/1.1").length, 2, connection.received);
  }
});

test("a malformed request on a connection that was used is a 400 and the end", async () => {
  await using served = await serve();
  await using connection = await RawConnection.open(served.url);
  await connection.send(head("GET /alive"));
  assert.equal((await connection.answer()).status, 200);
  await connection.send("GARBAGE\r\n\r\n");
  assert.equal((await connection.answer()).status, 400);
  await connection.ended();
  await assertNextAnswered(served.url);
});
