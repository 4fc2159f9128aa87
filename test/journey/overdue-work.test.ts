/** Work that goes on although its signal has fired is told of once, in development, and never for what listens. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency } from "apus";
import { timeLimit } from "apus/middleware/time-limit";
import { testClient, type TestClient } from "apus/testing";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge } from "./edges.ts";

let records: LogRecord[] = [];
let told: string[] = [];
let goOn: () => void = () => {};

type Mode = "development" | "production";

/** Every route waits until the test lets it go on. */
function buildDeaf(mode: Mode = "development"): App {
  const own: LogRecord[] = [];
  records = own;
  told = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  goOn = resolve;
  const app = new App({ mode, log: createLogger((record) => own.push(record)) });
  const wait = (): Promise<void> => {
    told.push("waits");
    return promise;
  };
  const slow = dependency(wait);
  app.get("/handlers/{id:int}", wait);
  app.get("/used", { use: { slow } }, () => 1);
  app.get("/lines", { lines: z.string() }, async function* () {
    yield "one";
    await wait();
  });
  app.get("/listens", async ({ signal }) => {
    told.push("waits");
    await sleep(60_000, undefined, { signal });
  });
  app.get("/stays", wait);
  app.get("/limited", { timeout: 20 }, wait);
  return app;
}

const warnings = (): readonly LogRecord[] =>
  records.filter(({ level, message }) => level === "warn" && message.includes("signal had fired"));

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !condition(); turn += 1) await sleep(5);
  assert.ok(condition(), "it did not happen in time");
}

/** Asks, and leaves as soon as the work has begun. */
async function leave(client: Pick<TestClient<unknown>, "fetch">, path: string): Promise<void> {
  const leaving = new AbortController();
  const count = told.length;
  const read = async (): Promise<unknown> => (await client.fetch(path, { signal: leaving.signal })).text();
  const answered = read().catch(() => {});
  await until(() => told.length > count);
  leaving.abort();
  await Promise.race([answered, sleep(10)]);
}

onEveryEdge("who does not listen to the signal is told of, once for each route", buildDeaf, async (client) => {
  const stays = client.fetch("/stays");
  for (const path of ["/handlers/1", "/handlers/2", "/used", "/lines", "/listens"]) await leave(client, path);
  await until(() => warnings().length >= 3);
  await sleep(700);
  const messages = warnings().map(({ message }) => message.replace(/for \d+ ms/, "for 0 ms").replace(/\(.*\)/, "()"));
  const words =
    "went on for 0 ms after its signal had fired (): pass `signal` to what its handler and its dependencies";
  assert.deepEqual(
    messages.toSorted(),
    ["/handlers/{id:int}", "/lines", "/used"].map(
      (route) => `GET ${route} ${words} wait for, so that they end with the request.`,
    ),
  );
  for (const { fields } of warnings()) {
    assert.ok(Number(fields["overdue"]) > 900, "not before its time to end is over");
    assert.equal(typeof fields["requestId"], "string");
  }
  goOn();
  assert.equal((await stays).status, 204);
});

test("nothing of it is said in production", async () => {
  await using client = await testClient(buildDeaf("production"), { socket: true });
  for (const path of ["/handlers/1", "/lines"]) await leave(client, path);
  await sleep(3_500);
  assert.deepEqual(warnings(), []);
  goOn();
});

test("work behind a time limit that is up is told of, with the limit; that of a mounted app with its route", async () => {
  const outer = new App({ mode: "development", log: createLogger((record) => records.push(record)) });
  outer.use(timeLimit({ after: 20 }));
  outer.mount("/in", buildDeaf());
  await using client = await testClient(outer);
  assert.equal((await client.fetch("/in/handlers/1")).status, 503);
  await until(() => warnings().length > 0);
  assert.match(
    String(warnings()[0]?.message),
    /^GET \/in\/handlers\/\{id:int\} went on .* \(There was no answer within 20 ms\.\): pass `signal`/,
  );
  goOn();
  await sleep(50);
  assert.equal(warnings().length, 1);
});

onEveryEdge("work behind the timeout of its route is told of", buildDeaf, async (client) => {
  assert.equal((await client.fetch("/limited")).status, 503);
  await until(() => warnings().length > 0);
  assert.match(
    String(warnings()[0]?.message),
    /^GET \/limited went on .* \(There was no answer within 20 ms\.\): pass `signal`/,
  );
  goOn();
});
