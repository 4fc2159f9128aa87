/** WebSockets of the test client: messages, cookies, refusals, and the words in process. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../app/app.ts";
import { HttpError } from "../errors/http-error.ts";
import { SocketRefusedError } from "../websocket/connect-socket.ts";
import { SocketClosedError } from "../websocket/socket-closed-error.ts";
import { testClient } from "./test-client.ts";

function build(): App {
  const app = new App({ log: false });
  app.get("/login", ({ response }) => response.setCookie("user", "ada"));
  app.websocket("/echo", { protocols: ["v1"] }, async ({ socket, request }) => {
    await socket.send(`${request.headers.get("cookie")} ${request.headers.get("x-test")}`);
    for await (const message of socket) await socket.send(message);
  });
  app.websocket("/three", async ({ socket }) => {
    for (const message of ["1", "2", "3"]) await socket.send(message);
    await socket.close(4000, "enough");
  });
  app.websocket(
    "/closed",
    {
      middleware: [
        () => {
          throw new HttpError(409, "No room.");
        },
      ],
    },
    () => {},
  );
  return app;
}

test("sends and receives, with the client's cookies and headers", async () => {
  await using client = await testClient(build(), { socket: true, headers: { "x-test": "1" } });
  await client.fetch("/login");
  await using socket = await client.websocket("/echo", { protocols: ["v0", "v1"] });
  assert.equal(socket.protocol, "v1");
  assert.equal(await socket.receive(), "user=ada 1");
  await socket.sendJson({ a: 1 });
  assert.deepEqual(await socket.receiveJson(), { a: 1 });
  await socket.send(Uint8Array.of(1, 2));
  assert.deepEqual(await socket.receive(), Uint8Array.of(1, 2));
  assert.deepEqual(await socket.close(4001, "bye"), { code: 4001, reason: "bye" });
  await assert.rejects(socket.receive(), new SocketClosedError(4001, "bye"));
  await assert.rejects(socket.send("late"), SocketClosedError);
});

test("iterates over everything until the end", async () => {
  await using client = await testClient(build(), { socket: true });
  const socket = await client.websocket("/three");
  const messages: unknown[] = [];
  for await (const message of socket) messages.push(message);
  assert.deepEqual(messages, ["1", "2", "3"]);
  assert.deepEqual(await socket.closed, { code: 4000, reason: "enough" });
});

test("tells the answer that refused it", async () => {
  await using client = await testClient(build(), { socket: true });
  const refused: unknown = await client.websocket("/closed").catch((error: unknown) => error);
  assert.ok(refused instanceof SocketRefusedError);
  assert.equal(refused.response.status, 409);
  assert.equal(((await refused.response.json()) as { detail: string }).detail, "No room.");
  await assert.rejects(client.websocket("/nowhere"), { name: "SocketRefusedError", message: /with 404/ });
});

test("says in process that it needs a socket", async () => {
  await using client = await testClient(build());
  await assert.rejects(client.websocket("/echo"), /testClient\(app, \{ socket: true \}\)/);
});
