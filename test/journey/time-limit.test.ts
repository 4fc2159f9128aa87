/** Time limits through an app: the answer comes in time, the handler's work stops, streams go on. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { App, HttpError } from "apus";
import { timeLimit } from "apus/middleware/time-limit";
import { onEveryEdge } from "./edges.ts";

const late: unknown[] = [];
let stopped: PromiseWithResolvers<unknown>;

function buildSlow(): App {
  late.length = 0;
  stopped = Promise.withResolvers();
  const app = new App({ log: false });
  app.use(timeLimit({ after: 200, status: 504, onLateError: (error) => late.push(error) }));
  app.get("/fast", ({ signal }) => ({ aborted: signal.aborted }));
  app.get("/stops", async ({ signal }) => {
    await sleep(5_000, undefined, { signal }).catch((error: unknown) => {
      stopped.resolve(signal.reason);
      throw error;
    });
  });
  app.get("/deaf", async () => {
    await sleep(300);
    throw new Error("too late");
  });
  app.get("/late-stream", async () => {
    await sleep(300);
    const cancel = (reason: unknown): void => stopped.resolve(reason);
    return new Response(new ReadableStream({ pull: () => sleep(1_000), cancel }));
  });
  app.get("/stream", () => {
    const source = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.from("a");
      await sleep(300);
      yield Buffer.from("b");
    };
    return new Response(ReadableStream.from(source()));
  });
  return app;
}

onEveryEdge(
  "a handler that stops: 504, its signal's reason is that error, nothing is late",
  buildSlow,
  async (client) => {
    const answer = await client.fetch("/stops");
    assert.equal(answer.status, 504);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(((await answer.json()) as { detail: string }).detail, "There was no answer within 200 ms.");
    const reason = await stopped.promise;
    assert.ok(reason instanceof HttpError && reason.status === 504);
    await sleep(10);
    assert.deepEqual(late, []);
  },
);

onEveryEdge("a handler that does not hear: 504 all the same, and its late error is told", buildSlow, async (client) => {
  assert.equal((await client.fetch("/deaf")).status, 504);
  for (let turn = 0; turn < 400 && late.length === 0; turn += 1) await sleep(5);
  assert.match(String(late[0]), /GET \/deaf failed with 500 after its time limit/);
  assert.equal((await client.fetch("/fast")).status, 200);
});

onEveryEdge("a late stream is released", buildSlow, async (client) => {
  assert.equal((await client.fetch("/late-stream")).status, 504);
  await stopped.promise;
});

onEveryEdge("what is fast, and a stream that has begun, are not touched", buildSlow, async (client) => {
  assert.deepEqual(await (await client.fetch("/fast")).json(), { aborted: false });
  assert.equal(await (await client.fetch("/stream")).text(), "ab");
  assert.equal((await client.fetch("/nothing")).status, 404);
});
