/** Streams that know their length, at every edge: `content-length` instead of chunks, and an answer that is broken off when it was wrong. */

import assert from "node:assert/strict";
import type { App, HttpResponse } from "apus";
import { createLoggedApp } from "./collected-log.ts";
import { onEveryEdge } from "./edges.ts";

/** A stream of `given` bytes that says it has `byteLength`. */
function sized(byteLength: number, given: number): HttpResponse["body"] {
  const stream = {
    byteLength,
    async *[Symbol.asyncIterator]() {
      for (let left = given; left > 0; left -= 1_000) yield new Uint8Array(Math.min(left, 1_000));
    },
  };
  return stream;
}

function build(): App {
  const app = createLoggedApp();
  const bodies: Readonly<Record<string, HttpResponse["body"]>> = {
    "/right": sized(100_500, 100_500),
    "/empty": sized(0, 0),
    "/short": sized(100_500, 90_000),
    "/long": sized(90_000, 100_500),
    "/odd": sized(Number.NaN, 3_000),
  };
  app.use((request, next) => {
    const body = bodies[request.path];
    return body === undefined ? next() : { status: 200, headers: [], body };
  });
  app.get("/alive", () => "alive");
  return app;
}

onEveryEdge("a stream that knows its length is sent with it", build, async (client) => {
  for (const [path, size] of [
    ["/right", 100_500],
    ["/empty", 0],
  ] as const) {
    const answer = await client.fetch(path);
    assert.equal(answer.headers.get("content-length"), String(size), path);
    assert.equal(answer.headers.get("transfer-encoding"), null);
    assert.equal((await answer.arrayBuffer()).byteLength, size);
  }
  const odd = await client.fetch("/odd");
  assert.equal(odd.headers.get("content-length"), null);
  assert.equal((await odd.arrayBuffer()).byteLength, 3_000);
});

onEveryEdge("one that gives other bytes is broken off where it was wrong", build, async (client, edge) => {
  // In process nothing is framed: the bytes are there.
  const isFramed = edge === "socket";
  const short = await client.fetch("/short");
  if (isFramed) await assert.rejects(short.arrayBuffer());
  else await short.arrayBuffer();
  const long = await client.fetch("/long");
  assert.equal((await long.arrayBuffer()).byteLength, isFramed ? 90_000 : 100_500);
  assert.equal(await (await client.fetch("/alive")).text(), '"alive"');
});
