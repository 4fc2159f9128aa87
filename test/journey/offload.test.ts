/** `offload()`: what goes into a worker and comes back: values, errors, items, signals, times. */

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { after, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { threadId } from "node:worker_threads";
import { App, HttpError } from "apus";
import { testClient } from "apus/testing";
import { configureOffload, offload, WorkerLostError } from "apus/workers";
import * as jobs from "./apps/offload-jobs.ts";
import * as requestJobs from "./apps/offload-request-jobs.ts";
import type { double, letters } from "./apps/offload-file.ts";

configureOffload({ threads: 2, queue: 256 });
after(() => offload.close());

async function failureOf(run: () => unknown): Promise<Error> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  return assert.fail("nothing was thrown");
}

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 4_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`${what} did not happen`);
}

describe("the pool", () => {
  test("is warmed, tells what it did, and is closed", async () => {
    assert.equal(offload.stats().threads, 0, "nothing is started before it is needed");
    await offload.warm();
    await jobs.add(1, 2);
    const { threads, busy, runTime, waitTime } = offload.stats();
    assert.deepEqual([threads, busy], [2, 0]);
    assert.ok(runTime.count > 0 && runTime.total >= runTime.longest);
    assert.ok(waitTime.count > 0 && waitTime.total >= waitTime.longest);
    await offload.close();
    assert.equal(offload.stats().threads, 0);
  });

  test("closes workers that have nothing to do", async () => {
    configureOffload({ idle: 20 });
    await jobs.add(1, 2);
    await waitFor(() => offload.stats().threads === 0, "the end of the idle thread");
    configureOffload({ idle: 30_000 });
  });
});

describe("values", () => {
  test("run in another thread of this process", async () => {
    const place = await jobs.whereAmI();
    assert.equal(place.pid, process.pid);
    assert.notEqual(place.threadId, threadId);
    assert.equal(await jobs.add(1, 2), 3);
  });

  test("a buffer stays a buffer, and brings nothing of the memory around it", async () => {
    const around = Buffer.alloc(1_000_000, "x");
    around.write("wanted", 500);
    const answer = await jobs.describeBytes(around.subarray(500, 506));
    assert.deepEqual(answer, { isBuffer: true, memory: 6, text: "wanted" });
    assert.equal((await jobs.giveBuffer("héllo")).toString("utf8"), "héllo");
  });

  test("what is to be moved is gone here, both ways", async () => {
    const bytes = new Uint8Array(Buffer.from("moved"));
    const answer = await jobs.describeBytes.with({ transfer: [bytes.buffer] })(bytes);
    assert.equal(answer.text, "moved");
    assert.equal(bytes.byteLength, 0);
    assert.equal((await jobs.giveMoved(3)).bytes.join(), "7,7,7");
  });

  test("what cannot be sent is an error of that call, either way", async () => {
    const there = await failureOf(() => jobs.add((() => 1) as unknown as number, 2));
    assert.match(
      there.message,
      /^An argument of "add" of .*offload-jobs\.ts cannot be sent to a worker: .*\(APUS_OFFLOAD\)$/,
    );
    const back = await failureOf(() => jobs.giveFunction());
    assert.match(back.message, /^What the function gave cannot be sent back: .*\(APUS_OFFLOAD\)$/);
    assert.equal(await jobs.add(2, 2), 4);
  });

  test("what is offloaded in a worker runs in that worker", async () => {
    assert.deepEqual(await jobs.nested(4), { sum: 5, numbers: [1, 2, 3], isSame: true });
  });

  test("an export of a file, also under the name that tsc gives to the file", async () => {
    const url = new URL("./apps/offload-file.ts", import.meta.url);
    assert.equal(await offload.file<typeof double>(url, "double")(21), 42);
    const spelled: string[] = [];
    const items = offload.file<typeof letters>(url.href, "letters")("abc");
    for await (const letter of items) spelled.push(letter);
    assert.deepEqual(spelled, ["a", "b", "c"]);
    const missing = await failureOf(() => offload.file<typeof double>(url, "notAFunction")(1));
    assert.match(missing.message, /offload-file\.ts exports no function "notAFunction"/);
    const absent = await failureOf(() => offload.file<typeof double>(new URL("./absent.ts", import.meta.url))(1));
    assert.match(absent.message, /^The worker could not import .*absent\.ts: .*\(APUS_OFFLOAD\)$/);
  });
});

describe("errors", () => {
  test("keep class, message, stack, cause and properties", async () => {
    const type = await failureOf(() => jobs.fail("type"));
    assert.ok(type instanceof TypeError);
    assert.equal(type.message, "not a number");
    assert.match(type.stack ?? "", /TypeError: not a number\n.*offload-jobs\.ts/);
    assert.ok(type.cause instanceof RangeError);
    const own = (await failureOf(() => jobs.fail("own"))) as Error & Record<string, unknown>;
    assert.equal(own.name, "OutOfInk");
    assert.deepEqual(Object.fromEntries(Object.entries(own)), { colour: "blue", code: "E_INK", pages: [1, 2] });
    const both = (await failureOf(() => jobs.fail("aggregate"))) as AggregateError;
    assert.ok(both instanceof AggregateError);
    assert.ok(both.errors[0] instanceof TypeError);
    assert.equal((both.errors[1] as Error).name, "OutOfInk");
    assert.equal(await failureOf(() => jobs.fail("text")), "just text");
  });

  test("keep classes that the function lists", async () => {
    const listed = await failureOf(() => jobs.failListed());
    assert.ok(listed instanceof jobs.OutOfInk);
    assert.equal(listed.colour, "blue");
  });

  test("a worker that leaves, crashes or eats too much fails its own call, and the next one works", async () => {
    const left = (await failureOf(() => jobs.leave(3))) as WorkerLostError;
    assert.ok(left instanceof WorkerLostError);
    assert.deepEqual([left.reason, left.exitCode], ["exit", 3]);
    const crashed = (await failureOf(() => jobs.crash())) as WorkerLostError;
    assert.equal(crashed.reason, "crash");
    assert.match(crashed.message, /"crash" of .* ended with an error that nobody caught: nobody catches this\.$/);
    assert.equal((crashed.cause as Error).message, "nobody catches this");
    const hungry = (await failureOf(() => jobs.eat())) as WorkerLostError;
    assert.equal(hungry.reason, "memory");
    assert.equal(await jobs.add(3, 4), 7);
  });

  test("a module that does not register the name when a worker imports it", async () => {
    const late = await import("./apps/offload-unregistered.ts");
    const missing = await failureOf(() => late.onlyHere());
    assert.match(missing.message, /offload-unregistered\.ts, which did not register "onlyHere": .*\(APUS_OFFLOAD\)$/);
    const broken = await failureOf(() =>
      offload.file<() => void>(new URL("./apps/offload-broken.ts", import.meta.url))(),
    );
    assert.match(broken.message, /could not import .*offload-broken\.ts: this module cannot be loaded/);
    await assert.rejects(offload.warm(), /could not import/, "which is known at the start when the pool is warmed");
  });
});

describe("signals and times", () => {
  test("a run that takes too long is a 504, its thread is replaced, and others go on", async () => {
    const other = jobs.wait(50);
    const late = (await failureOf(() => jobs.spin.with({ timeout: 30 })(60_000))) as HttpError;
    assert.ok(late instanceof HttpError);
    assert.equal(late.status, 504);
    assert.match((late.cause as Error).message, /"spin" of .* took longer than 30 ms\.$/);
    assert.equal(await other, 50);
    assert.equal(await jobs.add(1, 1), 2);
  });

  test("a signal ends calls that run and calls that wait, and leaves no listener behind", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 8 }, () => failureOf(() => jobs.wait.with({ signal })(60_000)));
    assert.ok(getEventListeners(signal, "abort").length > 0);
    controller.abort(new Error("enough"));
    for (const error of await Promise.all(calls)) assert.equal(error.message, "enough");
    assert.equal(getEventListeners(signal, "abort").length, 0);
    assert.equal((await failureOf(() => jobs.add.with({ signal })(1, 2))).message, "enough");
    assert.equal(await jobs.add(1, 2), 3);
  });

  test("a function that awaits nothing sees that it was given up", async () => {
    configureOffload({ grace: 20_000 });
    const looks = new SharedArrayBuffer(8);
    const state = new Int32Array(looks);
    const controller = new AbortController();
    const call = failureOf(() => jobs.computeUntilGivenUp.with({ signal: controller.signal })(looks));
    await waitFor(() => Atomics.load(state, 0) > 0, "the first look");
    controller.abort();
    assert.equal((await call).name, "AbortError");
    await waitFor(() => Atomics.load(state, 1) === 1, "the end of the loop");
    configureOffload({ grace: 250 });
  });

  test("calls beyond the queue are refused with 503, and better ones go first", async () => {
    await offload.close();
    configureOffload({ threads: 1, queue: 3 });
    const order: string[] = [];
    const note = async (name: string, call: Promise<unknown>): Promise<void> => {
      await call;
      order.push(name);
    };
    const first = jobs.wait(100);
    const others = [
      note("low", jobs.add.with({ priority: "low" })(1, 1)),
      note("normal", jobs.add(1, 1)),
      note("high", jobs.add.with({ priority: "high" })(1, 1)),
    ];
    assert.equal(offload.stats().queued, 3);
    const refused = (await failureOf(() => jobs.add(1, 1))) as HttpError;
    assert.equal(refused.status, 503);
    assert.deepEqual(refused.headers, { "retry-after": "1" });
    await Promise.all([first, ...others]);
    assert.deepEqual(order, ["high", "normal", "low"]);
    configureOffload({ threads: 2, queue: 256 });
  });
});

describe("items", () => {
  test("are read one by one, to the value that the generator returns", async () => {
    const items = jobs.count(100);
    const numbers: number[] = [];
    let end: IteratorResult<number, string> = await items.next();
    for (; end.done !== true; end = await items.next()) numbers.push(end.value);
    assert.deepEqual(
      numbers,
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    assert.equal(end.value, "end");
    assert.deepEqual(await items.next(), { done: true, value: undefined });
  });

  test("are made at the reader's pace, and whoever stops reading ends the generator", async () => {
    const progress = new SharedArrayBuffer(8);
    const state = new Int32Array(progress);
    for await (const number of jobs.countInto(progress)) {
      assert.ok(Atomics.load(state, 0) - number <= 9, `${Atomics.load(state, 0)} at ${number}`);
      if (number === 30) break;
    }
    assert.equal(Atomics.load(state, 1), 1, "the clean-up is over when the loop is left");
  });

  test("an error comes after what was given before it", async () => {
    const numbers: number[] = [];
    const error = await failureOf(async () => {
      for await (const number of jobs.countThenFail(5)) numbers.push(number);
    });
    assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
    assert.ok(error instanceof RangeError);
  });

  test("a signal ends them, and so does the time", async () => {
    const progress = new SharedArrayBuffer(8);
    const controller = new AbortController();
    const given = await failureOf(async () => {
      for await (const number of jobs.countInto.with({ signal: controller.signal })(progress)) {
        if (number === 3) controller.abort(new Error("seen enough"));
      }
    });
    assert.equal(given.message, "seen enough");
    await waitFor(() => Atomics.load(new Int32Array(progress), 1) === 1, "the clean-up");
    const late = (await failureOf(async () => {
      for await (const _ of jobs.countInto.with({ timeout: 50 })(progress));
    })) as HttpError;
    assert.equal(late.status, 504);
  });

  test("whoever forgets to read on gives the worker free", async () => {
    const progress = new SharedArrayBuffer(8);
    const state = new Int32Array(progress);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    assert.equal((await jobs.countInto(progress).next()).value, 1);
    await waitFor(() => {
      collect();
      return Atomics.load(state, 1) === 1;
    }, "the clean-up");
  });

  test("nothing happens before the first is asked for", async () => {
    const { completed, busy } = offload.stats();
    const items = jobs.count(3);
    assert.equal(offload.stats().busy, busy);
    assert.deepEqual(await items.return("early"), { done: true, value: "early" });
    assert.equal(offload.stats().completed, completed);
  });
});

describe("in a request", () => {
  test("its id, trace and signal cross over, and a thrown HttpError is its answer", async () => {
    const app = new App({ log: false });
    app.get("/request", () => requestJobs.describeRequest());
    app.get("/refused", () => requestJobs.refuse());
    app.get("/numbers", async function* () {
      yield* jobs.count(3);
    });
    await using client = await testClient(app);
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const headers = { traceparent, "x-request-id": "own-id", cookie: "secret=1" };
    assert.deepEqual(await (await client.fetch("/request", { headers })).json(), {
      requestId: "own-id",
      traceparent,
      route: "/request",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      path: "/request",
      cookie: null,
    });
    const refused = await client.fetch("/refused");
    assert.equal(refused.status, 402);
    assert.equal(refused.headers.get("x-price"), "3");
    assert.deepEqual(await refused.json(), {
      type: "about:blank",
      title: "Payment Required",
      status: 402,
      detail: "pay first",
      price: 3,
    });
    assert.equal(await (await client.fetch("/numbers")).text(), "1\n2\n3\n");
  });

  test("a client that leaves ends the work that was done for it", async () => {
    const app = new App({ log: false });
    app.get("/wait", () => jobs.wait(60_000));
    await using server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
    const controller = new AbortController();
    const { abandoned } = offload.stats();
    const left = failureOf(() => fetch(`${server.url}/wait`, { signal: controller.signal }));
    await waitFor(() => offload.stats().busy === 1, "the call");
    controller.abort();
    await left;
    await waitFor(() => offload.stats().abandoned === abandoned + 1, "giving the call up");
    await waitFor(() => offload.stats().busy === 0, "the end of the call");
  });
});

describe("processes", () => {
  test("what crashes in one ends nothing else", async () => {
    const { pid } = await jobs.fragile("work");
    assert.notEqual(pid, process.pid);
    const crashed = (await failureOf(() => jobs.fragile("segfault"))) as WorkerLostError;
    assert.equal(crashed.reason, "crash");
    assert.match(crashed.message, /was ended by SIGSEGV\.$/);
    const thrown = await failureOf(() => jobs.fragile("throw"));
    assert.deepEqual([thrown.name, thrown.message], ["OutOfInk", "in a process"]);
    assert.equal(((await failureOf(() => jobs.fragile("exit"))) as WorkerLostError).exitCode, 7);
    assert.notEqual((await jobs.fragile("work")).pid, pid);
  });

  test("one that a thread needs is started by the thread", async () => {
    const { own, child } = await jobs.callsProcess();
    assert.equal(own, process.pid);
    assert.notEqual(child, process.pid);
  });
});
