/** Clients that leave in the middle: no handler runs for half a body, `signal` fires, and nothing is logged as an error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { onEveryEdge } from "./edges.ts";
import { exchange, RawConnection } from "./raw-connection.ts";
import { assertNextAnswered, buildWatched, errorsOf, head, json, kept, postHead, serve } from "./watched-app.ts";

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
  onEveryEdge(`signal fires when the client leaves a running ${method}`, buildWatched, async (client) => {
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

onEveryEdge(
  "signal never fires for a client that stays, not even when its connection ends later",
  buildWatched,
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
