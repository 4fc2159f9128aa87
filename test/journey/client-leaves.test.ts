/** Clients that leave in the middle: no handler runs for half a body, `signal` fires, and nothing is logged as an error. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testClient, type TestClient } from "apus/testing";
import { connectSocket } from "../../src/websocket/connect-socket.ts";
import { onEveryEdge } from "./edges.ts";
import { alarms, buildLeft, left, wasTold } from "./leaving-app.ts";
import { assertNoFolders, encodePartHead, listUploadFolders, multipartType } from "./multipart-form.ts";
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

interface Stage {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  /** What is sent of the body. */
  readonly sent?: string;
  /** When the client leaves. */
  readonly when: () => boolean;
  /** What is told in the end, in this order. */
  readonly told: readonly string[];
}

const file = `${encodePartHead({ name: "file", fileName: "x" })}${"x".repeat(100_000)}`;

const stages: Readonly<Record<string, Stage>> = {
  "a body that is awaited": {
    method: "POST",
    path: "/body",
    type: "application/json",
    sent: "[1,2,",
    when: wasTold("opened"),
    told: ["opened", "closed"],
  },
  "a body that is read": {
    method: "POST",
    path: "/raw",
    type: "text/plain",
    sent: "some of it",
    when: wasTold("began"),
    told: ["opened", "began", "closed"],
  },
  "a handler": { method: "GET", path: "/handler", when: wasTold("began"), told: ["opened", "began", "closed"] },
  "a handler that does not listen": {
    method: "GET",
    path: "/deaf",
    when: wasTold("began"),
    told: ["opened", "began", "background", "closed"],
  },
  lines: {
    method: "GET",
    path: "/stream",
    when: wasTold("began"),
    told: ["opened", "began", "background", "ended", "closed"],
  },
  "lines that end well when the signal fires": {
    method: "GET",
    path: "/ends",
    when: wasTold("began"),
    told: ["opened", "began", "background", "ended", "closed"],
  },
  "lines that nobody reads": {
    method: "GET",
    path: "/flows",
    when: wasTold("began"),
    told: ["opened", "began", "background", "ended", "closed"],
  },
  events: {
    method: "GET",
    path: "/events",
    when: wasTold("began"),
    told: ["opened", "began", "background", "ended", "closed"],
  },
  "an upload": {
    method: "POST",
    path: "/upload",
    type: multipartType,
    sent: file,
    when: () => listUploadFolders().length > 0,
    told: ["opened", "closed"],
  },
  "a streamed upload": {
    method: "POST",
    path: "/video",
    type: multipartType,
    sent: file,
    when: wasTold("began"),
    told: ["opened", "began", "closed"],
  },
};

for (const [name, stage] of Object.entries(stages)) {
  onEveryEdge(
    `a client that leaves in ${name}: one signal, everything cleaned up, no error`,
    buildLeft,
    async (client, edge) => {
      const { told, fired, records, goOn } = left;
      const leave = await (edge === "process" ? beginInProcess(client, stage) : beginOnSocket(client, stage));
      await until(stage.when);
      assert.deepEqual(fired, [0]);
      await leave();
      await until(() => fired[0] === 1);
      goOn();
      await until(wasTold("closed"));
      // Reading may have come to the handler in several pieces, and the background is free to begin before the generator's end.
      assert.deepEqual([...new Set(told)].toSorted(), [...stage.told].toSorted());
      assert.equal(told.at(-1), "closed");
      await assertNoFolders();
      // In process, an answer that is whole has been handed over as soon as it is there.
      const isWhole = edge === "process" && name === "a handler that does not listen";
      await until(() => records.some(({ fields }) => fields["clientGone"] === true || (isWhole && "status" in fields)));
      assert.equal((await client.fetch("/alive")).status, 200);
      assert.deepEqual(fired, [1, 0]);
      assert.deepEqual(alarms(), []);
    },
  );
}

/** Sends what there is to send, and gives the way to leave. */
async function beginOnSocket({ baseUrl }: { baseUrl: string }, stage: Stage): Promise<() => Promise<void>> {
  const { method, path, type, sent } = stage;
  const connection = await RawConnection.open(baseUrl);
  const fields = sent === undefined ? [] : [`Content-Type: ${type}`, "Content-Length: 1000000"];
  await connection.send(`${head(`${method} ${path}`, ...fields)}${sent ?? ""}`);
  return async () => {
    connection.reset();
    await connection.ended();
  };
}

async function beginInProcess(client: Pick<TestClient<unknown>, "fetch">, stage: Stage): Promise<() => Promise<void>> {
  const { method, path, type, sent } = stage;
  const leaving = new AbortController();
  const { signal } = leaving;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from(sent ?? ""));
      if (path !== "/raw") signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
  const init = sent === undefined ? {} : { body, headers: { "content-type": type ?? "" } };
  const read = async (): Promise<unknown> => (await client.fetch(path, { method, signal, ...init })).text();
  const answered = read().catch(() => {});
  return async () => {
    leaving.abort();
    await Promise.race([answered, sleep(50)]);
  };
}

onEveryEdge("a client that leaves in its head was never there", buildLeft, async (client, edge) => {
  if (edge === "process") return;
  for (const part of ["G", "GET /alive HTTP/1.1\r\n", "GET /alive HTTP/1.1\r\nHost: a\r\nX-Half"]) {
    await using connection = await RawConnection.open(client.baseUrl);
    await connection.send(part);
    connection.reset();
    await connection.ended();
  }
  assert.equal((await client.fetch("/alive")).status, 200);
  assert.deepEqual(left.fired, [0]);
  assert.deepEqual(alarms(), []);
});

test("a client that leaves a WebSocket: one signal, everything cleaned up, no error", async () => {
  await using client = await testClient(buildLeft(), { socket: "net" });
  const { told, fired } = left;
  const socket = await connectSocket(`${client.baseUrl}/socket`.replace("http", "ws"));
  await until(wasTold("began"));
  socket.terminate();
  await until(wasTold("closed"));
  assert.deepEqual(told.toSorted(), ["began", "background", "closed", "ended", "fired", "opened"].toSorted());
  assert.equal(told.at(-1), "closed");
  assert.equal((await client.fetch("/alive")).status, 200);
  assert.deepEqual(fired.slice(1), [0]);
  assert.deepEqual(alarms(), []);
});

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 2_000 && !condition(); round += 1) await sleep(5);
  assert.ok(condition(), `it did not happen in time: ${JSON.stringify([left.told, left.fired])}`);
}

onEveryEdge("an answer that is cancelled fires the signal, once", buildLeft, async (client) => {
  for (const path of ["/stream", "/events", "/flows"]) {
    const { told, fired } = left;
    told.length = 0;
    fired.length = 0;
    const answer = await client.fetch(path);
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until(() => fired[0] === 1);
    await until(wasTold("closed"));
    assert.deepEqual([...new Set(told)].toSorted(), ["background", "began", "closed", "ended", "opened"], path);
    assert.equal(told.at(-1), "closed");
  }
  assert.deepEqual(alarms(), []);
});
