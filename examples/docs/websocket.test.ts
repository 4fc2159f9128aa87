/** docs/websocket.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "apus/client";
import type * as api from "./websocket.ts";
import { SocketRefusedError, testClient } from "apus/testing";
import { app } from "./websocket.ts";

// #region test
test("talks in a room", async () => {
  await using client = await testClient(app, { socket: true });
  const headers = { authorization: "Bearer secret" };
  await using socket = await client.websocket("/chat/a", { headers });
  await socket.sendJson({ text: "hello" });
  assert.deepEqual(await socket.receiveJson(), { text: "a: hello", from: "ada" });
  const refused: unknown = await client.websocket("/chat/a").catch((error: unknown) => error);
  assert.ok(refused instanceof SocketRefusedError && refused.response.status === 401);
});
// #endregion test

describe("docs/websocket.md", () => {
  test("text and bytes", async () => {
    await using client = await testClient(app, { socket: true });
    await using socket = await client.websocket("/echo");
    await socket.send("text");
    assert.equal(await socket.receive(), "text");
  });

  test("the typed client", async () => {
    await using server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
    const baseUrl = server.url;
    const counts: number[] = [];
    // #region client
    const client = createClient<typeof api>({ baseUrl });
    using socket = client.connect("/ticks", { query: { pace: 5 }, raw: "sent" });
    for await (const { count } of socket) {
      counts.push(count);
      if (count === 3) break;
    }
    // #endregion client
    assert.deepEqual(counts, [1, 2, 3]);
    using sums = client.connect("/sums");
    sums.send({ numbers: [1, 2] });
    sums.send({ numbers: ["x"] as unknown as number[] });
    const answers: unknown[] = [];
    for await (const answer of sums) if (answers.push(answer) === 2) break;
    assert.deepEqual(answers, [{ sum: 3 }, { errors: ["/numbers/0"] }]);
  });

  test("channels", async () => {
    await using client = await testClient(app, { socket: true });
    await using one = await client.websocket("/news/a");
    await using other = await client.websocket("/news/a");
    await one.sendJson({ text: "first" });
    assert.deepEqual(await other.receiveJson(), { text: "first", from: "somebody" });
  });

  test("closing", async () => {
    await using client = await testClient(app, { socket: true });
    const unknown = await client.websocket("/games/101");
    assert.deepEqual(await unknown.closed, { code: 1008, reason: "There is no such game." });
    const game = await client.websocket("/games/1");
    await game.sendJson("end");
    assert.deepEqual(await game.closed, { code: 4000, reason: "The game is over." });
  });
});
