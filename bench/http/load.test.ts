/** The load notices every answer that is wrong or missing: `node --test bench/http/load.test.ts`. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { runClosed, runOpen } from "./load-loops.ts";
import { runOverload } from "./load-overload.ts";
import { runSlow } from "./load-slow.ts";
import { ResponseReader, type Answer } from "./response-reader.ts";

const right = 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"a":1}';
const shots = [{ bytes: "GET / HTTP/1.1\r\nhost: x\r\n\r\n", status: 200, body: '{"a":1}' }];

/** A server that answers the n-th request of all with what `answer` gives; undefined closes the connection. */
async function withServer(
  answer: (count: number, socket: Socket) => string | undefined,
  use: (port: number) => Promise<void>,
): Promise<void> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => {
      const bytes = answer(count++, socket);
      if (bytes === undefined) socket.destroy();
      else socket.write(bytes);
    });
  }).listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

function closed(port: number): ReturnType<typeof runClosed> {
  return runClosed({
    kind: "closed",
    port,
    pid: process.pid,
    core: 0,
    shots,
    connections: 4,
    warmUpMs: 10,
    measureMs: 100,
  });
}

test("right answers are counted, and nothing else is", async () => {
  await withServer(
    () => right,
    async (port) => {
      const { requests, wrong, lost, sample } = await closed(port);
      assert.ok(requests > 0);
      assert.deepEqual({ wrong, lost, sample }, { wrong: 0, lost: 0, sample: undefined });
    },
  );
});

for (const [name, bytes] of [
  ["another status", right.replace("200 OK", "500 NO")],
  ["another body of the same length", right.replace('"a":1', '"a":2')],
  ["a longer body", right.replace("length: 7", "length: 8").replace("}", "0}")],
  ["no answer at all", "no HTTP\r\n\r\n"],
  ["an answer too many", right + right],
] as const) {
  test(`${name} is noticed among right ones`, async () => {
    await withServer(
      (count) => (count === 20 ? bytes : right),
      async (port) => {
        const { requests, wrong, sample } = await closed(port);
        assert.ok(requests > 0);
        assert.ok(wrong > 0, sample);
      },
    );
  });
}

test("a connection that is closed instead of an answer is a lost request", async () => {
  await withServer(
    (count) => (count === 20 ? undefined : right),
    async (port) => assert.equal((await closed(port)).lost, 1),
  );
});

test("a connection that is closed as announced is opened again", async () => {
  await withServer(
    (count, socket) => {
      if (count % 10 !== 9) return right;
      socket.end(right.replace("content-length", "connection: close\r\ncontent-length"));
      return "";
    },
    async (port) => {
      const { requests, wrong, lost } = await closed(port);
      assert.ok(requests > 20);
      assert.deepEqual({ wrong, lost }, { wrong: 0, lost: 0 });
    },
  );
});

test("the open loop counts the time that requests had to wait for a free connection", async () => {
  await withServer(
    // One connection that takes 20 ms for each answer has half the capacity that is asked for.
    (_, socket) => {
      setTimeout(() => socket.write(right), 20);
      return "";
    },
    async (port) => {
      const job = { port, pid: process.pid, shots, connections: 1, rate: 100, warmUpMs: 0, measureMs: 300 };
      const { requests, wrong, lost, max, p50 } = await runOpen({ kind: "open", ...job });
      assert.deepEqual({ requests, wrong, lost }, { requests: 30, wrong: 0, lost: 0 });
      assert.ok(max > p50 * 1.4, `${max} against ${p50}`);
    },
  );
});

const overloadTimes = { rate: 200, offerMs: 500, drainMs: 5_000, promptMs: 1_000 };

test("an overload counts who was answered, refused, lost and answered wrongly, each once", async () => {
  const refusal = "HTTP/1.1 503 No\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n";
  const answers = [right, refusal, right.replace('"a":1', '"a":2'), undefined, right.replace("200 OK", "500 NO")];
  await withServer(
    (count) => answers[count % answers.length],
    async (port) => {
      for (const opened of [0, 8]) {
        const job = { port, pid: process.pid, core: 0, shots, connections: 8, opened, ...overloadTimes };
        const outcome = await runOverload({ kind: "overload", ...job });
        const { offered, accepted, refused, withRetryAfter, wrong, lost, unanswered } = outcome;
        assert.deepEqual(
          { offered, accepted, refused, withRetryAfter, wrong, lost, unanswered },
          { offered: 100, accepted: 20, refused: 20, withRetryAfter: 20, wrong: 40, lost: 20, unanswered: 0 },
        );
      }
    },
  );
});

test("in an overload, the time that requests wait for a connection counts", async () => {
  await withServer(
    (_, socket) => {
      setTimeout(() => socket.write(right), 20);
      return "";
    },
    async (port) => {
      const job = { port, pid: process.pid, core: 0, shots, connections: 1, opened: 1, ...overloadTimes };
      const { accepted, acceptedInOffer, acceptedLatency, connections } = await runOverload({
        kind: "overload",
        ...job,
      });
      assert.deepEqual({ accepted, connections }, { accepted: 100, connections: 1 });
      assert.ok(acceptedInOffer < 50, String(acceptedInOffer));
      assert.ok(acceptedLatency.max > acceptedLatency.p50 * 1.4);
    },
  );
});

test("slow clients are counted, with when and how they were sent away", async () => {
  await withServer(
    (_, socket) => {
      const isHonest = socket.bytesRead % (shots[0]?.bytes.length ?? NaN) === 0;
      if (!isHonest) setTimeout(() => socket.end("HTTP/1.1 408 Late\r\ncontent-length: 0\r\n\r\n"), 100);
      return isHonest ? right : "";
    },
    async (port) => {
      const outcome = await runSlow({
        kind: "slow",
        port,
        pid: process.pid,
        shots,
        connections: 5,
        opening: "G",
        drip: "ET / HTTP/1.1",
        readsSlowly: false,
        honest: { connections: 2, rate: 50 },
        openingMs: 50,
        aloneMs: 100,
        comingMs: 200,
        stayingMs: 400,
      });
      const { opened, held, statuses, cutAfter, alone, coming, staying } = outcome;
      assert.deepEqual(
        { opened, held, statuses, cut: cutAfter.length },
        { opened: 5, held: 0, statuses: { 408: 5 }, cut: 5 },
      );
      assert.ok(cutAfter.every((milliseconds) => milliseconds > 90));
      for (const { requests, wrong, lost } of [alone, coming, staying]) {
        assert.ok(requests > 0);
        assert.deepEqual({ wrong, lost }, { wrong: 0, lost: 0 });
      }
    },
  );
});

test("answers are read from any pieces", () => {
  const chunked =
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
  for (const [bytes, status, body] of [
    [right, 200, '{"a":1}'],
    [chunked, 201, "abcd0123456789"],
    ["HTTP/1.1 204 No Content\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", 204, ""],
  ] as const) {
    for (let split = 0; split <= bytes.length; split++) {
      const reader = new ResponseReader();
      const pieces = [bytes.slice(0, split), bytes.slice(split)].filter((piece) => piece !== "");
      const answers = pieces.map((piece) => reader.push(Buffer.from(piece)));
      const answer: Answer | undefined = answers.at(-1);
      assert.equal(answer?.status, status);
      assert.equal(answer?.body.toString(), body);
      assert.ok(reader.isEmpty);
    }
  }
});
