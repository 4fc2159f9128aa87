/** timeLimit(): answers in time, fires the signal, and lets late answers go. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApusError } from "../errors/apus-error.ts";
import type { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { answering, plainRequest } from "../../test/journey/plain-request.ts";
import { timeLimit, type TimeLimitOptions } from "./time-limit.ts";

const answer: HttpResponse = { status: 200, headers: [], body: "in time" };

/** The request that `next` was given, and the promise of the middleware. */
function start(options: TimeLimitOptions, late: () => Promise<HttpResponse>, request = plainRequest("/slow")) {
  let given: HttpRequest | undefined;
  const done = Promise.resolve(
    timeLimit(options)(request, (changed) => {
      given = changed;
      return late();
    }),
  );
  return { done, given: () => given ?? assert.fail("next was not called") };
}

const expired = (error: HttpError): boolean => error.status === 503 && /within 5 ms/.test(error.message);

test("an answer in time goes through, and the signal never fires", async () => {
  const { done, given } = start({ after: 20 }, async () => answer);
  assert.equal(await done, answer);
  const { signal } = given();
  await sleep(40);
  assert.equal(signal.aborted, false);
});

test("no timer is left behind, neither by answers nor by errors", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const limit = timeLimit({ after: 60_000 });
  await limit(plainRequest(), answering({}));
  await assert.rejects(async () => limit(plainRequest(), () => Promise.reject(new Error("the route"))), /the route/);
  assert.equal(timers(), before);
});

test("after the time: 503 or 504, and the signal fires with that error", async () => {
  for (const status of [503, 504] as const) {
    const { done, given } = start({ after: 5, status }, async () => {
      await sleep(200);
      return answer;
    });
    const { signal } = given();
    const error = await done.catch((reason: unknown) => reason as HttpError);
    assert.ok("status" in error);
    assert.equal(error.status, status);
    assert.equal(signal.reason, error);
    assert.equal(given().signal, signal);
  }
});

test("a signal that is asked for too late has fired already", async () => {
  const { done, given } = start({ after: 5 }, () => sleep(50, answer));
  await assert.rejects(done, expired);
  assert.equal(given().signal.aborted, true);
});

test("the client's leaving reaches the signal, with its reason", async () => {
  const leaving = new AbortController();
  const { done, given } = start(
    { after: 60_000 },
    () => sleep(30, answer),
    plainRequest("/", { signal: leaving.signal }),
  );
  const { signal } = given();
  const reason = new Error("left");
  leaving.abort(reason);
  assert.equal(signal.reason, reason);
  await done;
});

test("a late stream is released, and finished is called once with the error", async () => {
  let returns = 0;
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error("was read")),
      return: async () => {
        returns += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  const failures: unknown[] = [];
  const finished = (failure: unknown): void => void failures.push(failure);
  const { done, given } = start({ after: 5 }, () => sleep(20, { ...answer, body, finished }));
  await assert.rejects(done, expired);
  await sleep(40);
  assert.equal(returns, 1);
  assert.deepEqual(failures, [given().signal.reason]);
});

test("errors that come too late are told, work that was stopped is not", async () => {
  const told: unknown[] = [];
  const onLateError = (error: unknown, request: HttpRequest): void => void told.push([request.path, String(error)]);
  const late = async (outcome: () => HttpResponse | Promise<HttpResponse>): Promise<void> => {
    const { done } = start({ after: 5, onLateError }, async () => sleep(15).then(outcome));
    await assert.rejects(done, expired);
    await sleep(25);
  };
  await late(() => ({ ...answer, status: 499 }));
  await late(() => ({ ...answer, status: 503 }));
  await late(() => answer);
  assert.deepEqual(told, []);
  await late(() => ({ ...answer, status: 500 }));
  await late(() => Promise.reject(new Error("late")));
  assert.deepEqual(told, [
    ["/slow", "Error: GET /slow failed with 500 after its time limit."],
    ["/slow", "Error: late"],
  ]);
});

test("a late rejection is a warning when nobody else is told, and never ends the process", async () => {
  const warned = once(process, "warning");
  const { done } = start({ after: 5 }, async () => sleep(15).then(() => Promise.reject(new Error("late"))));
  await assert.rejects(done, expired);
  const [warning] = (await warned) as [Error];
  assert.equal(warning.message, "late");
});

test("a callback that throws is a warning, too", async () => {
  const warned = once(process, "warning");
  const onLateError = (): void => {
    throw new Error("the callback");
  };
  const { done } = start({ after: 5, onLateError }, async () =>
    sleep(15).then(() => Promise.reject(new Error("late"))),
  );
  await assert.rejects(done, expired);
  assert.equal(((await warned) as [Error])[0].message, "the callback");
});

test("wrong options are refused when it is made", () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{}, /after.*milliseconds/],
    [{ after: 0 }, /after.*0/],
    [{ after: 2_147_483_648 }, /after.*2147483648/],
    [{ after: "5s" }, /after.*"5s"/],
    [{ after: 5, status: 500 }, /status.*500.*503, 504/],
    [{ after: 5, onLateError: 1 }, /onLateError.*function/],
    [{ timeout: 5 }, /timeout/],
  ];
  for (const [options, message] of refused) {
    assert.throws(
      () => timeLimit(options as TimeLimitOptions),
      (error: ApusError) => error.code === "APUS_BAD_OPTION" && message.test(error.message),
      JSON.stringify(options),
    );
  }
});
