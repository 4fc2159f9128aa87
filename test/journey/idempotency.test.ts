/** Idempotency keys through an app: repeated requests, many at once, and clients that leave. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { App, fail } from "apus";
import { idempotency } from "apus/middleware/idempotency";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

interface Kept {
  orders: number;
  /** Opens the handler of `/slow`. */
  readonly gate: PromiseWithResolvers<void>;
  readonly running: PromiseWithResolvers<void>;
  broken: boolean;
}

/** Of the app that was built last. */
let kept: Kept;

function buildShop(): App {
  kept = { orders: 0, gate: Promise.withResolvers(), running: Promise.withResolvers(), broken: true };
  const app = new App({ log: false });
  app.use(idempotency({ bodyLimit: 1_000 }));
  app.post("/orders", { body: z.object({ item: z.string() }), status: 201 }, ({ body, response }) => {
    kept.orders += 1;
    response.setHeader("location", `/orders/${kept.orders}`);
    response.setCookie("last", String(kept.orders));
    return { id: kept.orders, item: body.item };
  });
  app.post("/slow", async () => {
    kept.orders += 1;
    kept.running.resolve();
    await kept.gate.promise;
    return { id: kept.orders };
  });
  app.post("/broken", () => {
    kept.orders += 1;
    if (kept.broken) throw new Error("broken");
    return { id: kept.orders };
  });
  app.post("/refused", () => {
    kept.orders += 1;
    return fail(404, "No such item.");
  });
  return app;
}

const alice = { authorization: "Bearer alice" };

const post = (key: string, item: string, headers = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
  body: JSON.stringify({ item }),
});

onEveryEdge("a repeated order is one order", buildShop, async (client) => {
  const first = await client.fetch("/orders", post("k1", "tea", alice));
  assert.equal(first.status, 201);
  assert.equal(first.headers.get("idempotent-replayed"), null);
  assert.deepEqual(await first.json(), { id: 1, item: "tea" });
  const second = await client.fetch("/orders", post("k1", "tea", alice));
  assert.equal(second.status, 201);
  assert.equal(second.headers.get("idempotent-replayed"), "true");
  assert.equal(second.headers.get("location"), "/orders/1");
  assert.equal(second.headers.get("set-cookie"), null);
  assert.notEqual(second.headers.get("x-request-id"), first.headers.get("x-request-id"));
  assert.deepEqual(await second.json(), { id: 1, item: "tea" });
  assert.deepEqual(await (await client.fetch("/orders", post("k2", "tea", alice))).json(), { id: 2, item: "tea" });
});

onEveryEdge("another order, a malformed key, too much content, another user", buildShop, async (client) => {
  await client.fetch("/orders", post("k", "tea", alice));
  const other = await client.fetch("/orders", post("k", "coffee", alice));
  assert.equal(other.status, 422);
  assert.equal(other.headers.get("content-type"), "application/problem+json");
  assert.equal((await client.fetch("/orders", post("a b", "tea", alice))).status, 400);
  assert.equal((await client.fetch("/orders", post("big", "x".repeat(1_000), alice))).status, 413);
  const bob = await client.fetch("/orders", post("k", "tea", { authorization: "Bearer bob" }));
  assert.deepEqual([bob.headers.get("idempotent-replayed"), ((await bob.json()) as { id: number }).id], [null, 2]);
});

onEveryEdge("a session's answer is nobody else's, and its order is not placed twice", buildShop, async (client) => {
  const first = await client.fetch("/orders", post("k", "tea", { cookie: "session=a" }));
  assert.equal(first.status, 201);
  assert.equal((await client.fetch("/orders", post("k", "tea", { cookie: "session=b" }))).status, 422);
  const again = await client.fetch("/orders", post("k", "tea", { cookie: "session=a" }));
  assert.equal(again.headers.get("idempotent-replayed"), "true");
  assert.equal(kept.orders, 1);
});

onEveryEdge("many at once: one runs", buildShop, async (client) => {
  const first = client.fetch("/slow", post("k", "tea"));
  await kept.running.promise;
  const others = await Promise.all(Array.from({ length: 5 }, () => client.fetch("/slow", post("k", "tea"))));
  for (const other of others) assert.deepEqual([other.status, other.headers.get("retry-after")], [409, "1"]);
  kept.gate.resolve();
  assert.equal((await first).status, 200);
  assert.deepEqual(await (await client.fetch("/slow", post("k", "tea"))).json(), { id: 1 });
});

onEveryEdge("a client that leaves and comes again gets the answer of its first try", buildShop, async (client) => {
  const leaving = new AbortController();
  const left = client.fetch("/slow", { ...post("k", "tea"), signal: leaving.signal }).catch(() => undefined);
  await kept.running.promise;
  leaving.abort();
  await sleep(20);
  kept.gate.resolve();
  await left;
  await sleep(20);
  const again = await client.fetch("/slow", post("k", "tea"));
  assert.equal(again.status, 200);
  assert.equal(again.headers.get("idempotent-replayed"), "true");
  assert.equal(kept.orders, 1);
});

onEveryEdge("a broken run frees its key, a refusal does not", buildShop, async (client) => {
  assert.equal((await client.fetch("/broken", post("k", "tea"))).status, 500);
  kept.broken = false;
  assert.deepEqual(await (await client.fetch("/broken", post("k", "tea"))).json(), { id: 2 });
  assert.equal((await client.fetch("/refused", post("r", "tea"))).status, 404);
  const again = await client.fetch("/refused", post("r", "tea"));
  assert.deepEqual([again.status, again.headers.get("content-type")], [404, "application/problem+json"]);
  assert.equal(kept.orders, 3);
});
