/** loadShedding(): places, the queue before them, and who leaves it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answering, plainRequest } from "../../test/journey/plain-request.ts";
import type { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { loadShedding, type LoadSheddingOptions } from "./load-shedding.ts";

interface Held {
  readonly status: Promise<number>;
  readonly end: () => void;
}

/** Requests that last until they are told to end. */
function createHolder(options: LoadSheddingOptions): (signal?: AbortSignal) => Held {
  const middleware = loadShedding(options);
  return (signal) => {
    const { promise, resolve } = Promise.withResolvers<HttpResponse>();
    const request = plainRequest("/", signal === undefined ? {} : { signal });
    const answer = Promise.resolve(middleware(request, () => promise));
    const status = answer.then(
      (response) => response.status,
      (error: HttpError) => error.status,
    );
    return { status, end: () => resolve({ status: 200, headers: [], body: null }) };
  };
}

test("places are given on in the order of arrival", async () => {
  const hold = createHolder({ concurrency: 1, queue: 2, maxWait: 60_000 });
  const [first, second, third, fourth] = [hold(), hold(), hold(), hold()];
  assert.equal(await fourth.status, 503);
  third.end();
  first.end();
  assert.equal(await first.status, 200);
  assert.equal(await Promise.race([second.status, third.status, sleep(20, "both wait")]), "both wait");
  second.end();
  assert.deepEqual(await Promise.all([second.status, third.status]), [200, 200]);
});

test("who waits too long is refused, and who leaves makes room", async () => {
  const hold = createHolder({ concurrency: 1, queue: 1, maxWait: 30 });
  const first = hold();
  assert.equal(await hold().status, 503);
  const leaving = new AbortController();
  const left = hold(leaving.signal);
  leaving.abort();
  assert.equal(await left.status, 503);
  const next = hold();
  first.end();
  next.end();
  assert.equal(await next.status, 200);
});

test("an error gives its place back", async () => {
  const middleware = loadShedding({ concurrency: 1 });
  const request = plainRequest("/");
  for (let count = 0; count < 3; count += 1) {
    await assert.rejects(async () => middleware(request, () => Promise.reject(new Error("failed"))), /failed/);
  }
  assert.equal((await middleware(request, answering({}))).status, 200);
});

test("options that mean nothing are refused", () => {
  for (const options of [
    {},
    { concurrency: 0 },
    { concurrency: 1.5 },
    { queue: 5 },
    { concurrency: 1, maxWait: 0 },
    { concurrency: 1, unknown: 1 },
    { maxTurnTime: -1 },
    null,
  ] as unknown as LoadSheddingOptions[]) {
    assert.throws(() => loadShedding(options), { code: "APUS_BAD_OPTION" });
  }
});
