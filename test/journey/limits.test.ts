/** Limits: what is refused before it is read, what grows no memory, and what a connection is worth afterwards. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { onEveryEdge } from "./edges.ts";
import { exchange, RawConnection } from "./raw-connection.ts";
import {
  assertNextAnswered,
  buildWatched,
  errorsOf,
  head,
  json,
  kept,
  mebibyte,
  postHead,
  serve,
} from "./watched-app.ts";

onEveryEdge(
  "a body of a byte too many is a 413 that names the limit, for JSON and forms, by app and by route",
  buildWatched,
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
