/** Upstreams that stall, break off, trickle, flood and lie: a clean problem each, in time, and no socket is left. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App } from "apus";
import { createHttpClient, httpClient, UpstreamError, type HttpClient, type HttpClientOptions } from "apus/http-client";
import { testClient } from "apus/testing";
import { z } from "zod";
import { startHostileUpstream } from "./hostile-upstream.ts";

const User = z.object({ name: z.string() });

const patient = { connect: 30_000, head: 30_000, idle: 30_000, total: 30_000 };

/** No limit is near but the one that a case waits for: a busy machine must not meet another one first. */
const optionsFor = (stage?: string): Omit<HttpClientOptions, "baseUrl"> => ({
  timeouts: { ...patient, ...(stage !== undefined && { [stage]: 200 }) },
  retries: 0,
  breaker: false,
  maxBytes: 1_000_000,
});

/** The kind of the error, and its stage, by path. */
const cases: readonly (readonly [path: string, kind: string, stage?: string])[] = [
  ["/stall-head", "timeout", "head"],
  ["/stall-in-head", "timeout", "head"],
  ["/trickle-head", "timeout", "head"],
  ["/stall-body", "timeout", "idle"],
  ["/trickle", "timeout", "total"],
  ["/reset", "connection"],
  ["/reset-body", "connection"],
  ["/close", "connection"],
  ["/close-in-head", "connection"],
  ["/short", "connection"],
  ["/short-chunks", "connection"],
  ["/no-http", "protocol"],
  ["/two-lengths", "protocol"],
  ["/both-framings", "protocol"],
  ["/bad-chunk", "protocol"],
  ["/endless-head", "protocol"],
  ["/endless", "too-large"],
  ["/long", "too-large"],
  ["/endless-members", "too-large"],
  ["/bomb-gzip", "too-large"],
  ["/bomb-br", "too-large"],
  ["/bomb-zstd", "too-large"],
  ["/bad-json", "json"],
  ["/no-json", "schema"],
  ["/bad-utf8", "json"],
  ["/deep-json", "json"],
  ["/prototype", "json"],
  ["/wrong-schema", "schema"],
  ["/bad-gzip", "encoding"],
  ["/bad-br", "encoding"],
  ["/bad-zstd", "encoding"],
  ["/wide-zstd", "encoding"],
  ["/cut-gzip", "encoding"],
  ["/unknown-coding", "encoding"],
  ["/two-codings", "encoding"],
  ["/error", "status"],
  ["/loop", "redirect"],
  ["/to-file", "redirect"],
  ["/to-private", "redirect"],
  ["/to-credentials", "redirect"],
];

const statusOf = (kind: string): number => (kind === "timeout" ? 504 : 502);

async function failureOf(client: HttpClient, path: string): Promise<UpstreamError> {
  const error: unknown = await client.get(path, { response: User }).then(
    () => assert.fail(`${path} succeeded`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpstreamError, `${path}: ${String(error)}`);
  return error;
}

describe("one call of each kind", () => {
  for (const [path, kind, stage] of cases) {
    test(`${path} is "${kind}"`, async () => {
      await using upstream = await startHostileUpstream();
      {
        await using client = await createHttpClient({ ...optionsFor(stage), baseUrl: upstream.url, name: "users" });
        const error = await failureOf(client, path);
        assert.deepEqual([error.kind, error.stage, error.status], [kind, stage, statusOf(kind)]);
        assert.equal(error.upstream, "users");
        assert.notEqual(error.cause, undefined);
        assert.equal(JSON.stringify(error.toProblem()).includes("hunter2"), false);
        assert.equal(client.stats().open, 0);
      }
      await upstream.emptied();
      assert.ok(upstream.written < 50_000_000);
    });
  }

  for (const path of ["/good", "/good-gzip", "/good-deflate", "/good-br", "/good-zstd"]) {
    test(`${path} is read`, async () => {
      await using upstream = await startHostileUpstream();
      await using client = await createHttpClient({ ...optionsFor(), baseUrl: upstream.url });
      assert.deepEqual(await client.get(path, { response: User }), { name: "Ada" });
    });
  }

  test("interim answers without an end are over in time", async () => {
    await using upstream = await startHostileUpstream();
    await using client = await createHttpClient({ ...optionsFor("total"), baseUrl: upstream.url });
    assert.equal((await failureOf(client, "/endless-interim")).kind, "timeout");
  });
});

test("an app answers with a problem that names the upstream, and nothing that it said", async () => {
  await using upstream = await startHostileUpstream();
  const users = httpClient({ ...optionsFor("head"), baseUrl: upstream.url, name: "users" });
  const app = new App({ log: false });
  app.get("/{path}", { use: { users } }, (input) => input.users.get(`/${input.path.path}`, { response: User }));
  await using client = await testClient(app);
  for (const [path, status] of [
    ["/stall-head", 504],
    ["/wrong-schema", 502],
    ["/error", 502],
  ] as const) {
    const answer = await client.fetch(path);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    const text = await answer.text();
    assert.equal((JSON.parse(text) as { upstream: string }).upstream, "users");
    assert.equal(/hunter2|127\.0\.0\.1|secret/.test(text), false, text);
  }
});

/** 10,000 with APUS_HOSTILE_CALLS=10000. */
const rounds = Number(process.env["APUS_HOSTILE_CALLS"] ?? 400);

test(`${rounds} failing calls leave no socket, no timer and no place behind`, async () => {
  await using upstream = await startHostileUpstream();
  const before = countResources();
  {
    const timeouts = { connect: 30_000, head: 100, idle: 100, total: 400, queue: 60_000 };
    const limits = { concurrency: 50, queue: 100_000, maxBytes: 100_000 };
    await using client = await createHttpClient({ ...optionsFor(), ...limits, timeouts, baseUrl: upstream.url });
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < rounds) {
        const [path] = cases[next++ % cases.length] as (typeof cases)[number];
        await failureOf(client, path);
      }
    };
    await Promise.all(Array.from({ length: 50 }, work));
    const { open, calls, failures, origins } = client.stats();
    assert.deepEqual([open, calls, failures], [0, rounds, rounds]);
    const [origin] = Object.values(origins);
    assert.deepEqual([origin?.running, origin?.queued], [0, 0]);
    assert.ok(upstream.connections <= 50);
    const { head, idle, total } = patient;
    const again = await client.get("/good", { response: User, timeouts: { head, idle, total } });
    assert.deepEqual(again, { name: "Ada" });
  }
  await upstream.emptied();
  await resourcesReleased(before);
});

/** Sockets that do not listen, and timers, of the process. */
function countResources(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap" || name === "Timeout").length;
}

/** Resolves when there are no more than before; the test's own time limit ends it otherwise. */
async function resourcesReleased(before: number): Promise<void> {
  while (countResources() > before) await new Promise(setImmediate);
}
