/** docs/offload.md, run. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { testClient } from "apus/testing";
import { offload, WorkerLostError } from "apus/workers";
import { app, invertPixels } from "./offload.ts";
import { countColours, decode, OutOfColours } from "./offload-work.ts";

after(() => offload.close());

describe("docs/offload.md", () => {
  test("values, items, files, settings and numbers of the pool", async () => {
    await using client = await testClient(app);
    assert.equal(offload.stats().threads, 2, "warmed by the lifespan");
    const key = await client.fetch("/keys", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ password: "hunter2" }),
    });
    assert.match(((await key.json()) as { key: string }).key, /^[0-9a-f]{64}$/);
    const lines = (await (await client.fetch("/primes")).text()).trim().split("\n");
    const found = lines.map((line) => JSON.parse(line) as { prime: number; progress: number });
    assert.deepEqual(
      found.map(({ prime }) => prime),
      [2, 3, 5, 7, 11, 13, 17, 19, 23, 29],
    );
    assert.deepEqual(await (await client.fetch("/primes/100/count")).json(), { count: 25 });
    assert.equal(await (await client.fetch("/hello/Ada")).json(), "Hello, Ada!");
    const pool = (await (await client.fetch("/pool")).json()) as Record<string, number>;
    assert.deepEqual([pool["threads"], pool["queued"], pool["lost"]], [2, 0, 0]);
  });

  test("what is moved is gone here", async () => {
    const pixels = new Uint8Array([0, 255, 7]);
    assert.deepEqual([...(await invertPixels(pixels))], [255, 0, 248]);
    assert.equal(pixels.byteLength, 0);
  });

  test("a listed class of errors is that class here", async () => {
    await assert.rejects(countColours(1e9), (error) => error instanceof OutOfColours && error.wanted === 16_777_217);
  });

  test("a process that is killed fails its own call", async () => {
    await assert.rejects(
      decode(new Uint8Array()),
      (error) => error instanceof WorkerLostError && error.reason === "crash",
    );
    assert.equal(await decode(new Uint8Array(3)), 3);
  });
});
