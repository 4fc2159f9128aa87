/** rateLimit(): keys, fields, refusals, and stores that fail. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { ApusError } from "../errors/apus-error.ts";
import type { HttpError } from "../errors/http-error.ts";
import { answering, fieldOf, plainRequest, type PlainRequestInit } from "../../test/journey/plain-request.ts";
import { createMemoryRateStore, rateLimit, type RateLimitOptions, type RateStore } from "./rate-limit.ts";

function limited(options: Partial<RateLimitOptions> = {}) {
  const middleware = rateLimit({ limit: 2, window: 60_000, ...options });
  return async (init: PlainRequestInit = {}) => middleware(plainRequest("/", init), answering({ body: "a" }));
}

const refused =
  (status: number) =>
  (error: HttpError): boolean =>
    error.status === status;

test("tells what is left, and answers 429 with the time to wait", async () => {
  const send = limited({ name: "api" });
  const first = await send();
  assert.equal(fieldOf(first, "ratelimit-policy"), '"api";q=2;w=60');
  assert.match(fieldOf(first, "ratelimit") ?? "", /^"api";r=1;t=\d+$/);
  assert.match(fieldOf(await send(), "ratelimit") ?? "", /^"api";r=0;t=\d+$/);
  await assert.rejects(send(), (error: HttpError) => {
    assert.equal(error.status, 429);
    const wait = Number(error.headers["retry-after"]);
    assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= 120, String(wait));
    assert.equal(error.headers["ratelimit-policy"], '"api";q=2;w=60');
    assert.match(error.headers["ratelimit"] ?? "", /^"api";r=0;t=\d+$/);
    assert.match(error.problem.detail ?? "", new RegExp(`in ${wait} s`));
    return true;
  });
});

test("short windows are whole seconds in the fields, and never 0", async () => {
  const send = limited({ limit: 1, window: 100 });
  assert.equal(fieldOf(await send(), "ratelimit-policy"), '"default";q=1;w=1');
  await assert.rejects(send(), (error: HttpError) => error.headers["retry-after"] === "1");
});

test("many requests at once count right", async () => {
  for (const algorithm of ["token-bucket", "sliding-window"] as const) {
    const send = limited({ limit: 10, algorithm });
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => send()));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 10, algorithm);
  }
});

test("each address has a quota of its own; one IPv6 network has one", async () => {
  const send = limited({ limit: 1 });
  await send({ remoteAddress: "192.0.2.1" });
  await send({ remoteAddress: "192.0.2.2" });
  await assert.rejects(send({ remoteAddress: "::ffff:192.0.2.1" }), refused(429));
  await send({ remoteAddress: "2001:db8::1" });
  await assert.rejects(send({ remoteAddress: "2001:db8::2:1" }), refused(429));
  await send({ remoteAddress: "2001:db8:0:1::1" });
});

test("171: what a client writes into X-Forwarded-For gives it no new quota", async () => {
  const send = limited({ limit: 1 });
  await send({ headers: { "x-forwarded-for": "1.1.1.1" } });
  await assert.rejects(send({ headers: { "x-forwarded-for": "2.2.2.2" } }), refused(429));
});

test("a key of one's own, however long, and what is skipped", async () => {
  const keys: string[] = [];
  const inner = createMemoryRateStore();
  const store: RateStore = {
    take(key, policy) {
      keys.push(key);
      return inner.take(key, policy);
    },
  };
  const send = limited({
    limit: 1,
    store,
    key: (request) => request.headers.get("x-user") ?? "",
    skip: (request) => request.method === "OPTIONS",
  });
  const long = "x".repeat(8_000);
  await send({ headers: { "x-user": long } });
  await assert.rejects(send({ headers: { "x-user": long } }), refused(429));
  await send({ headers: { "x-user": `${long}y` } });
  await send({ headers: { "x-user": "__proto__" } });
  await send({ method: "OPTIONS" });
  assert.equal(keys.length, 4);
  assert.ok(keys.every((key) => key.startsWith("default:") && key.length <= 72));
});

test("limits of other names may share a store", async () => {
  const store = createMemoryRateStore();
  const [first, second] = [limited({ limit: 1, store, name: "a" }), limited({ limit: 1, store, name: "b" })];
  await first();
  await second();
  await assert.rejects(first(), refused(429));
});

test("a failing store lets requests pass and warns once, or refuses", async () => {
  const state = { fails: true };
  const store: RateStore = {
    async take() {
      if (state.fails) throw new Error("connection lost");
      return { allowed: true, remaining: 1, resetAfter: 0, retryAfter: 0 };
    },
  };
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  const send = limited({ store });
  const warned = once(process, "warning");
  const answer = await send();
  await send();
  await warned;
  assert.equal(fieldOf(answer, "ratelimit"), undefined);
  state.fails = false;
  await send();
  state.fails = true;
  const again = once(process, "warning");
  await send();
  await again;
  process.off("warning", onWarning);
  assert.equal(warnings.length, 2);
  const closed = limited({ store, onStoreFailure: "refuse" });
  await assert.rejects(closed(), (error: HttpError) => {
    return error.status === 503 && (error.cause as Error).message === "connection lost";
  });
});

test("errors of the route are not taken for errors of the store", async () => {
  const failure = new Error("the route");
  const middleware = rateLimit({ limit: 1, window: 1_000 });
  await assert.rejects(async () => middleware(plainRequest(), () => Promise.reject(failure)), failure);
});

test("wrong options are refused when it is made", () => {
  const refusedOptions: readonly (readonly [unknown, RegExp])[] = [
    [{ limit: 1 }, /window.*undefined.*milliseconds/],
    [{ window: 1 }, /limit.*undefined/],
    [{ limit: 0, window: 1 }, /limit.*0.*from 1/],
    [{ limit: 1.5, window: 1 }, /limit.*1\.5/],
    [{ limit: 1, window: "1m" }, /window.*"1m"/],
    [{ limit: 1, window: 1, algorithm: "leaky" }, /algorithm.*"leaky".*token-bucket/],
    [{ limit: 1, window: 1, name: 'a"b' }, /name.*token/],
    [{ limit: 1, window: 1, key: "ip" }, /key.*function/],
    [{ limit: 1, window: 1, store: {} }, /store.*take/],
    [{ limit: 1, window: 1, onStoreFailure: "open" }, /onStoreFailure.*allow, refuse/],
    [{ limit: 1, window: 1, max: 1 }, /max/],
  ];
  for (const [options, message] of refusedOptions) {
    assert.throws(
      () => rateLimit(options as RateLimitOptions),
      (error: ApusError) => error.code === "APUS_BAD_OPTION" && message.test(error.message),
      JSON.stringify(options),
    );
  }
});
