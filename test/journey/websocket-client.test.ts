/** The typed client's WebSocket: messages, messages that wait, a server that comes back, and ends that are final. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, Router } from "apus";
import { ClientError, createClient } from "apus/client";
import { z } from "zod";
import { until } from "./websocket-talk.ts";

const rooms = new Router({ prefix: "/rooms" });
const talk = rooms.websocket(
  "/{room}",
  {
    query: z.object({ n: z.int().default(1) }),
    receive: z.object({ text: z.string() }),
    send: z.object({ at: z.date() }),
  },
  async ({ socket, path, query }) => {
    if (path.room === "banned") return socket.close(4403, "You are banned.");
    for await (const { text } of socket) {
      if (text === "bye") return undefined;
      await socket.send({ at: new Date(Date.UTC(2026, 0, Number(text) + query.n)) });
    }
    return undefined;
  },
);
const shout = rooms.websocket("/raw/shout", async ({ socket }) => {
  for await (const message of socket) await socket.send(typeof message === "string" ? message.toUpperCase() : message);
});
interface Api {
  talk: typeof talk;
  shout: typeof shout;
}

async function serve(port = 0): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const app = new App({ log: false });
  app.include(rooms);
  return app.listen({ port, signals: false, idleGrace: 0, stopTimeout: 500 });
}

test("typed messages, also before the connection is there", async () => {
  const server = await serve();
  const client = createClient<Api>({ baseUrl: server.url });
  using socket = client.connect("/rooms/{room}", { path: { room: "a/b" }, query: { n: 2 } });
  assert.equal(socket.isOpen, false);
  socket.send({ text: "1" });
  const heard: string[] = [];
  for await (const { at } of socket) {
    heard.push(at);
    socket.send({ text: heard.length === 1 ? "2" : "bye" });
  }
  assert.deepEqual(heard, ["2026-01-03T00:00:00.000Z", "2026-01-04T00:00:00.000Z"]);
  assert.deepEqual(await socket.closed, { code: 1000, reason: "" });
  assert.throws(() => socket.send({ text: "late" }), /is closed/);
  await server.stop();
});

test("text and bytes, and a signal that closes", async () => {
  const server = await serve();
  const client = createClient<Api>({ baseUrl: server.url });
  const controller = new AbortController();
  const socket = client.connect("/rooms/raw/shout", { raw: true, signal: controller.signal });
  socket.send("loud");
  socket.send(Uint8Array.of(1, 2));
  const heard: unknown[] = [];
  for await (const message of socket) {
    heard.push(message);
    if (heard.length === 2) controller.abort();
  }
  assert.deepEqual(heard, ["LOUD", Uint8Array.of(1, 2)]);
  await server.stop();
});

test("comes back when the server does", async () => {
  const first = await serve();
  const client = createClient<Api>({ baseUrl: first.url });
  let opened = 0;
  using socket = client.connect("/rooms/{room}", { path: { room: "a" }, onOpen: () => (opened += 1) });
  await until(() => opened === 1);
  await first.stop();
  await until(() => !socket.isOpen);
  socket.send({ text: "5" });
  const second = await serve(first.port);
  for await (const { at } of socket) {
    assert.equal(at, "2026-01-06T00:00:00.000Z");
    break;
  }
  assert.equal(opened, 2);
  socket.close();
  await second.stop();
});

test("a final end is told, and attempts come to an end", async () => {
  const server = await serve();
  const client = createClient<Api>({ baseUrl: server.url });
  const banned = client.connect("/rooms/{room}", { path: { room: "banned" } });
  await assert.rejects(async () => {
    for await (const _ of banned);
  }, /\/rooms\/\{room\} was closed \(4403: You are banned\.\)/);
  assert.equal((await banned.closed).code, 4403);
  await server.stop();
  const lost = client.connect("/rooms/{room}", { path: { room: "a" }, attempts: 2 });
  for (let count = 0; count < 100; count += 1) lost.send({ text: "1" });
  assert.throws(() => lost.send({ text: "1" }), /100 messages wait/);
  await assert.rejects(async () => {
    for await (const _ of lost);
  }, ClientError);
});
