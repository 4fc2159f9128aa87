/** Attacks that use the connection: requests that never end, bytes at the wrong moment, and what comes behind a refusal. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { exchange, RawConnection } from "../journey/raw-connection.ts";
import { attackEngines, chunked, get, hidden, post, statusesOf } from "./attack-engines.ts";

const shortTimes = { headTimeout: 400, requestTimeout: 400, bodyGrace: 400 };

/** Opens connections with the beginning of a request, asks on another one meanwhile, and sees all of them refused. */
function holdOpen(title: string, begun: string): void {
  attackEngines(
    title,
    async ({ url, runs }) => {
      const held = await Promise.all(Array.from({ length: 40 }, () => RawConnection.open(url)));
      await Promise.all(held.map((connection) => connection.send(begun)));
      assert.equal((await exchange(url, get("Connection: close\r\n"))).status, 200);
      await Promise.all(held.map((connection) => connection.ended({ within: 20_000 })));
      for (const { received } of held) assert.deepEqual(statusesOf(received), [408]);
      await Promise.all(held.map((connection) => connection[Symbol.asyncDispose]()));
      assert.deepEqual(runs.splice(0), ["GET /alive"]);
    },
    shortTimes,
  );
}

holdOpen("3 CVE-2020-8251: heads that never end are a 408", "GET /alive HTTP/1.1\r\nHost: a\r\nX: ");
holdOpen("3 CVE-2020-8251: bodies that never end are a 408", post("Content-Length: 100\r\n", "1"));
holdOpen("3 CVE-2020-8251: chunks that never end are a 408", chunked("1\r\n1\r\n"));

attackEngines(
  "3 CVE-2020-8251: nothing at all is the end without an answer",
  async ({ url }) => {
    await using connection = await RawConnection.open(url);
    await connection.ended({ within: 20_000 });
    assert.deepEqual(
      statusesOf(connection.received).filter((status) => status !== 408),
      [],
    );
  },
  shortTimes,
);

attackEngines(
  "26 http-garden 45: requests before malformed bytes are answered first, then a 400, then the end",
  async (server) => {
    for (const garbage of [
      "GARBAGE GARBAGE\r\n\r\n",
      "GET /hidden HTTP/1.1\r\nHost : a\r\n\r\n",
      "\u0000\u0001",
      "\u0016\u0003\u0001",
    ]) {
      await using connection = await RawConnection.open(server.url);
      await connection.send(get("", "/slow") + garbage + hidden);
      assert.deepEqual([(await connection.answer()).status, (await connection.answer()).status], [200, 400]);
      await connection.ended();
      assert.equal(connection.received, "");
      assert.deepEqual(server.runs.splice(0), ["GET /slow"]);
    }
  },
);

attackEngines("26 malformed bytes on a connection that was used are a 400 and the end", async ({ url, runs }) => {
  await using connection = await RawConnection.open(url);
  await connection.send(get(""));
  assert.equal((await connection.answer()).status, 200);
  await connection.send(`GARBAGE\r\n\r\n${hidden}`);
  assert.equal((await connection.answer()).status, 400);
  await connection.ended();
  assert.deepEqual(runs.splice(0), ["GET /alive"]);
});

attackEngines(
  "26 an answer that has begun is cut, and no other one is written into it",
  async ({ url }) => {
    const stream = (text: string): string => text.replace("/json", "/stream");
    const broken = [stream(post("Content-Length: 100000\r\n", "")), stream(chunked("5\r\nhello\r\n"))];
    for (const [index, text] of broken.entries()) {
      await using connection = await RawConnection.open(url);
      await connection.send(text);
      while (!connection.received.includes("chunk") && !connection.isClosed) await sleep(5);
      // One body never comes to its end, the other one goes on with what is no chunk.
      if (index === 1) await connection.send("ZZZ\r\n");
      await connection.ended();
      assert.deepEqual(statusesOf(connection.received), [200]);
      if (index === 1)
        assert.doesNotMatch(connection.received, /\r\n0\r\n\r\n$/, "an answer that was cut looks complete");
    }
  },
  shortTimes,
);

attackEngines("15 what a client sends behind the end of its connection is not answered", async ({ url, runs }) => {
  await using connection = await RawConnection.open(url);
  await connection.send(get("Connection: close\r\n"));
  assert.equal((await connection.answer()).status, 200);
  await connection.ended();
  await connection.send(hidden);
  await sleep(50);
  assert.deepEqual(runs.splice(0), ["GET /alive"]);
  assert.equal(connection.received, "");
});
