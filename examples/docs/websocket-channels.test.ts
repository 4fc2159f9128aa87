/** docs/websocket.md, across processes, run: with a database where there is one, otherwise within one process. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { channel, postgresBus } from "apus";
import { testClient } from "apus/testing";
import { servicesFor } from "../../test/services.ts";
import { app } from "./websocket-channels.ts";

describe("docs/websocket.md, across processes", () => {
  test("sockets hear each other", async () => {
    await using client = await testClient(app, { socket: true });
    await using one = await client.websocket("/news/a");
    await one.sendJson({ text: "first" });
    assert.deepEqual(await one.receiveJson(), { text: "first", from: "somebody" });
  });

  const { url = "", skip } = servicesFor("postgres");
  test("and what another process publishes", { skip }, async () => {
    await using client = await testClient(app, { socket: true });
    await using one = await client.websocket("/news/b");
    await one.sendJson({ text: "it is joined" });
    await one.receiveJson();
    const answer = client.fetch("/first/b");
    await using far = await postgresBus({ url });
    const topic = channel("news:b", { through: far });
    await topic.publish({ text: "news", from: "far" });
    assert.deepEqual(await one.receiveJson(), { text: "news", from: "far" });
    const answered = new AbortController();
    void answer.finally(() => answered.abort());
    while (!answered.signal.aborted) await topic.publish({ text: "again", from: "far" });
    const { message, interruptions } = (await (await answer).json()) as Record<string, unknown>;
    assert.equal((message as { readonly from: string }).from, "far");
    assert.equal(interruptions, 0);
  });
});
