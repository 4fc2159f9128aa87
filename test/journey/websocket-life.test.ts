/** The life of a WebSocket: who ends it, what is cleaned up then, and who has to wait for whom. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dependency, fail, HttpError, SocketClosedError } from "apus";
import { WebSocket } from "ws";
import { z } from "zod";
import { errorsOf, refusal, serve, talk, until } from "./websocket-talk.ts";

const Said = z.object({ text: z.string().min(1) });

test("a handler that fails closes with 1011 and is logged once; a refusal is the client's business", async () => {
  const failures: unknown[] = [];
  const mistake = new RangeError("the mistake itself");
  await using serving = await serve((app) => {
    const watch = dependency(async function* () {
      try {
        yield 1;
      } catch (error) {
        failures.push(error);
        throw error;
      }
    });
    app.websocket("/throw", { use: { watch } }, async ({ socket }) => {
      await socket.send("first");
      throw mistake;
    });
    app.websocket("/refuse", () => fail(403, "Not in this room."));
    app.websocket("/beside", async ({ socket }) => {
      setImmediate(() => socket.fail(mistake));
      for await (const _ of socket);
    });
    app.websocket("/misfit", { send: Said }, ({ socket }) => socket.send({ text: 1 as unknown as string }));
    app.websocket("/late", async ({ signal, socket }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await assert.rejects(socket.send("x"), SocketClosedError);
      throw mistake;
    });
  });
  const thrown = await talk(`${serving.url}/throw`);
  assert.equal(await thrown.next(), "first");
  assert.deepEqual(await thrown.closed, [1011, ""]);
  await until(() => failures.length > 0);
  assert.deepEqual(failures, [mistake]);
  assert.equal(errorsOf(serving).filter(({ message }) => message.startsWith("The handler")).length, 1);
  assert.equal(errorsOf(serving)[0]?.fields["error"], mistake);
  assert.equal(typeof errorsOf(serving)[0]?.fields["requestId"], "string");
  serving.records.length = 0;
  assert.deepEqual(await (await talk(`${serving.url}/refuse`)).closed, [1008, "Not in this room."]);
  assert.deepEqual(errorsOf(serving), []);
  assert.deepEqual(await (await talk(`${serving.url}/beside`)).closed, [1011, ""]);
  assert.equal(errorsOf(serving).length, 1);
  assert.deepEqual(await (await talk(`${serving.url}/misfit`)).closed, [1011, ""]);
  assert.match(
    String(errorsOf(serving)[1]?.fields["error"]),
    /WEBSOCKET \/misfit sent .*\/text.*APUS_INVALID_RESPONSE/,
  );
  (await talk(`${serving.url}/late`)).client.close();
  await until(() => errorsOf(serving).length === 3);
});

test("a client that leaves without a word ends the iteration and fires the signal, and nobody calls it an error", async () => {
  const told: unknown[] = [];
  await using serving = await serve((app) => {
    app.websocket("/reads", async ({ socket }) => {
      for await (const _ of socket);
      told.push("read");
    });
    app.websocket("/waits", async ({ socket, signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      await socket.send("never");
    });
    app.websocket("/sends", async ({ socket, signal }) => {
      try {
        for (;;) await socket.send("x".repeat(1_000));
      } finally {
        told.push((signal.reason as SocketClosedError).code);
      }
    });
  });
  for (const path of ["/reads", "/waits", "/sends"]) (await talk(serving.url + path)).client.terminate();
  await until(() => told.length === 2);
  await serving.stop();
  assert.deepEqual(new Set(told), new Set(["read", 1006]));
  assert.deepEqual(errorsOf(serving), []);
});

test("a stop says so to everybody, and waits for their handlers", async () => {
  const told: string[] = [];
  await using serving = await serve((app) => {
    const pool = dependency(async function* () {
      yield 1;
      told.push("closed");
    });
    app.websocket("/room", { use: { pool } }, async ({ socket, background }) => {
      background(async () => {
        await socket.closed;
        await sleep(60);
        told.push("background");
      });
      for await (const _ of socket);
      await sleep(20);
      told.push("handler");
    });
    app.lifespan(async function* () {
      yield;
      told.push("lifespan");
    });
  });
  const all = await Promise.all([1, 2, 3].map(() => talk(`${serving.url}/room`)));
  await serving.stop();
  for (const { closed } of all) assert.deepEqual(await closed, [1001, "The server is stopping."]);
  for (const step of ["handler", "background", "closed"]) {
    assert.equal(told.filter((one) => one === step).length, 3, step);
  }
  assert.deepEqual([...new Set(told)], ["handler", "background", "closed", "lifespan"]);
  assert.equal(told.at(-1), "lifespan");
  assert.deepEqual(errorsOf(serving), []);
});

test("the handler's end closes with 1000, and close() with what it is given", async () => {
  const ends: unknown[] = [];
  await using serving = await serve((app) => {
    app.websocket("/short", async ({ socket, background }) => {
      background(() => ends.push("background"));
      await socket.send("bye");
    });
    app.websocket("/own", async ({ socket }) => {
      assert.throws(() => socket.close(1005), { code: "APUS_BAD_OPTION" });
      assert.throws(() => socket.close(4000, "x".repeat(124)), { code: "APUS_BAD_OPTION" });
      ends.push(await socket.close(4001, "enough"));
      await assert.rejects(socket.send("x"), new SocketClosedError(4001, "enough"));
      for await (const message of socket) ends.push(message);
    });
  });
  const short = await talk(`${serving.url}/short`);
  assert.equal(await short.next(), "bye");
  assert.deepEqual(await short.closed, [1000, ""]);
  await until(() => ends.length === 1);
  assert.deepEqual(await (await talk(`${serving.url}/own`)).closed, [4001, "enough"]);
  await until(() => ends.length === 2);
  assert.deepEqual(ends, ["background", { code: 4001, reason: "enough" }]);
});

test("what ends with the handshake ends before the 101, and what it sets is in its head", async () => {
  const told: string[] = [];
  await using serving = await serve((app) => {
    const session = dependency({ until: "handler" }, async function* ({ response }) {
      response.setCookie("seen", "1");
      yield 1;
      told.push("committed");
    });
    app.websocket("/one", { use: { session }, protocols: ["chat.v2", "chat.v1"] }, async ({ socket }) => {
      told.push(`handler ${socket.protocol}`);
      for await (const _ of socket);
    });
  });
  const { client } = await talk(`${serving.url}/one`, { protocols: ["chat.v1", "chat.v2"] });
  await until(() => told.length === 2);
  assert.deepEqual(told, ["committed", "handler chat.v2"]);
  assert.equal(client.protocol, "chat.v2");
  client.close();
  const { client: other } = await talk(`${serving.url}/one`);
  assert.equal(other.protocol, "");
  other.close();
  let cookies: string | undefined;
  const third = new WebSocket(`${serving.url.replace("http", "ws")}/one`);
  third.on("upgrade", ({ headers }) => (cookies = headers["set-cookie"]?.join()));
  await until(() => cookies !== undefined);
  assert.match(String(cookies), /^seen=1/);
  third.close();
});

test("a reader that takes its time makes the sender wait, in both directions", async () => {
  let isReading = false;
  let received = 0;
  let sent = 0;
  await using serving = await serve((app) => {
    app.websocket("/slow", async ({ socket }) => {
      await until(() => isReading);
      for await (const _ of socket) received += 1;
    });
    app.websocket("/fast", async ({ socket }) => {
      for (; sent < 10_000; sent += 1) await socket.send("x".repeat(10_000));
    });
    app.websocket("/flood", { maxBufferedBytes: 1_000_000 }, async ({ socket, signal }) => {
      while (!signal.aborted) {
        void socket.send("x".repeat(100_000));
        await new Promise(setImmediate);
      }
      assert.equal((signal.reason as SocketClosedError).code, 1008);
    });
  });
  const slow = await talk(`${serving.url}/slow`);
  for (let count = 0; count < 1_000; count += 1) slow.client.send("x".repeat(50_000));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(slow.client.bufferedAmount > 10_000_000, `${slow.client.bufferedAmount} bytes wait at the client`);
  isReading = true;
  await until(() => received === 1_000);
  slow.client.close();
  const fast = await talk(`${serving.url}/fast`);
  fast.client.pause();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(sent < 5_000, `${sent} were sent to one who does not read`);
  fast.client.terminate();
  const flood = await talk(`${serving.url}/flood`);
  flood.client.pause();
  await until(() => serving.records.some(({ message }) => message === "The WebSocket is closed"));
  flood.client.terminate();
  assert.deepEqual(errorsOf(serving), []);
});

test("a client that does not answer is cut; one that does is left alone", async () => {
  await using serving = await serve((app) => {
    app.websocket("/beat", { heartbeat: 40 }, async ({ socket }) => {
      for await (const _ of socket);
    });
  });
  const alive = await talk(`${serving.url}/beat`);
  const dead = new WebSocket(`${serving.url.replace("http", "ws")}/beat`, { autoPong: false });
  const code = await new Promise((resolve) => dead.on("close", resolve));
  assert.equal(code, 1006);
  assert.equal(alive.client.readyState, WebSocket.OPEN);
  alive.client.close();
  assert.deepEqual(errorsOf(serving), []);
});

test("a 101 that middleware replaces leaves nothing behind", async () => {
  const told: string[] = [];
  await using serving = await serve((app) => {
    app.use(async (_, next) => {
      await next();
      throw new HttpError(409, "Another answer.");
    });
    const held = dependency(async function* () {
      yield 1;
      told.push("released");
    });
    app.websocket("/never", { use: { held } }, () => void told.push("ran"));
  });
  assert.equal((await refusal(`${serving.url}/never`)).status, 409);
  await until(() => told.length === 1);
  assert.deepEqual(told, ["released"]);
});
