/** WebSockets as an application has them: from the handshake through typed messages to the clean-up behind the last one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, bearer, dependency, fail, Router } from "apus";
import { z } from "zod";
import { errorsOf, refusal, serve, talk, until } from "./websocket-talk.ts";

const Said = z.object({ text: z.string().min(1) });
const Heard = z.object({ text: z.string(), from: z.string() });

test("typed messages go both ways, and everything is cleaned up behind them", async () => {
  const told: string[] = [];
  await using serving = await serve((app) => {
    const user = dependency({ query: z.object({ name: z.string() }) }, async function* ({ query }) {
      yield query.name;
      told.push("user is gone");
    });
    app.websocket("/chat/{room}", { use: { user }, send: Heard, receive: Said }, async ({ socket, path, ...input }) => {
      for await (const { text } of socket) {
        await socket.send({ text: `${path.room}: ${text}`, from: input.user, secret: 1 } as z.input<typeof Heard>);
      }
      told.push("the handler is done");
    });
  });
  const { client, next, closed } = await talk(`${serving.url}/chat/a?name=ada`);
  client.send('{"text":"hello","extra":1}');
  client.send('{"text":"again"}');
  assert.equal(await next(), '{"text":"a: hello","from":"ada"}');
  assert.equal(await next(), '{"text":"a: again","from":"ada"}');
  assert.deepEqual(told, []);
  client.close(1000, "bye");
  assert.deepEqual(await closed, [1000, "bye"]);
  await until(() => told.length === 2);
  assert.deepEqual(told, ["the handler is done", "user is gone"]);
  assert.deepEqual(errorsOf(serving), []);
  const line = serving.records.find(({ message }) => message.startsWith("GET /chat/a"));
  assert.equal(line?.fields["status"], 101);
});

test("without schemas messages are text and bytes", async () => {
  await using serving = await serve((app) => {
    app.websocket("/echo", async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
  });
  const { client, next } = await talk(`${serving.url}/echo`);
  client.send("grün");
  client.send(Uint8Array.of(1, 2, 255));
  client.send("");
  assert.equal(await next(), "grün");
  assert.deepEqual(await next(), Buffer.of(1, 2, 255));
  assert.equal(await next(), "");
  client.close();
});

test("what refuses a handshake is an answer of HTTP, and the handler does not run", async () => {
  const told: string[] = [];
  await using serving = await serve((app) => {
    const opened = dependency(async function* () {
      try {
        yield 1;
      } finally {
        told.push("cleaned");
      }
    });
    const banned = dependency({ use: { opened } }, () => fail(403, "You are banned."));
    const never = (): void => void told.push("ran");
    app.websocket("/inputs/{id:int}", { query: z.object({ size: z.int() }) }, never);
    app.websocket("/secure", { use: { token: bearer() } }, never);
    app.websocket("/banned", { use: { banned } }, never);
  });
  assert.equal((await refusal(`${serving.url}/inputs/1?size=x`)).status, 422);
  assert.equal((await refusal(`${serving.url}/inputs/x?size=1`)).status, 422);
  assert.equal((await refusal(`${serving.url}/secure`)).status, 401);
  assert.deepEqual(await refusal(`${serving.url}/banned`), { status: 403, detail: "You are banned." });
  assert.equal((await refusal(`${serving.url}/nowhere`)).status, 404);
  for (const method of ["GET", "HEAD"]) {
    const plain = await fetch(`${serving.url}/secure`, { method });
    assert.equal(plain.status, 426);
    assert.equal(plain.headers.get("upgrade"), "websocket");
    await plain.text();
  }
  const wrong = await fetch(`${serving.url}/secure`, { method: "POST" });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get("allow"), "GET, HEAD, OPTIONS");
  assert.deepEqual(told, ["cleaned"]);
  assert.deepEqual(errorsOf(serving), []);
});

test("a page of another origin may only connect when it is listed", async () => {
  await using serving = await serve((app) => {
    const done = (): void => {};
    app.websocket("/own", done);
    app.websocket("/listed", { origins: ["https://Chat.example:443"] }, done);
    app.websocket("/all", { origins: "*" }, done);
  });
  const open = async (path: string, origin?: string): Promise<number> => {
    const headers = origin === undefined ? {} : { origin };
    const { closed } = await talk(serving.url + path, { headers });
    return (await closed)[0];
  };
  assert.equal(await open("/own"), 1000);
  assert.equal(await open("/own", serving.url), 1000);
  assert.equal(await open("/listed", "https://chat.example"), 1000);
  assert.equal(await open("/listed", serving.url), 1000);
  assert.equal(await open("/all", "https://evil.example"), 1000);
  for (const origin of [
    "https://evil.example",
    "null",
    serving.url.replace("http", "https"),
    `${serving.url}.evil`,
    "",
  ]) {
    assert.equal((await refusal(`${serving.url}/own`, { origin })).status, 403, origin);
    assert.equal((await refusal(`${serving.url}/listed`, { origin })).status, 403, origin);
  }
});

test("a message that does not fit closes with 1007 and its first issue, or is told to the handler", async () => {
  await using serving = await serve((app) => {
    app.websocket("/strict", { receive: Said }, async ({ socket }) => {
      for await (const _ of socket);
    });
    app.websocket("/patient", { receive: Said }, async ({ socket }) => {
      socket.onInvalid((issues) => socket.send(JSON.stringify(issues.map(({ pointer, code }) => [pointer, code]))));
      for await (const { text } of socket) await socket.send(text);
    });
  });
  for (const [sent, code, reason] of [
    ['{"text":1}', 1007, /^\/text: /],
    ["{", 1007, /^The message is not valid JSON/],
    ['{"text":"a","__proto__":{}}', 1007, /__proto__/],
    [Buffer.from("{}"), 1003, /text frames/],
  ] as const) {
    const { client, closed } = await talk(`${serving.url}/strict`);
    client.send(sent);
    const [gotCode, gotReason] = await closed;
    assert.equal(gotCode, code, String(sent));
    assert.match(gotReason, reason);
  }
  const { client, next } = await talk(`${serving.url}/patient`);
  client.send('{"text":""}');
  client.send("[");
  client.send('{"text":"fine"}');
  assert.equal(await next(), '[["/text","too_small"]]');
  assert.equal(await next(), '[["","json-syntax"]]');
  assert.equal(await next(), "fine");
  client.close();
  assert.deepEqual(errorsOf(serving), []);
});

test("compression is off, and bounded when it is on", async () => {
  await using serving = await serve((app) => {
    const echo = async ({
      socket,
    }: {
      socket: AsyncIterable<string | Uint8Array> & { send: unknown };
    }): Promise<void> => {
      for await (const message of socket) await (socket.send as (text: unknown) => Promise<void>)(message);
    };
    app.websocket("/off", echo);
    app.websocket("/on", { compression: true, maxMessageBytes: 100_000 }, echo);
  });
  const off = await talk(`${serving.url}/off`);
  assert.equal(off.client.extensions, "");
  off.client.close();
  const on = await talk(`${serving.url}/on`);
  assert.equal(on.client.extensions, "permessage-deflate");
  for (let count = 0; count < 200; count += 1) on.client.send(`${count}`.padEnd(50_000, " "));
  for (let count = 0; count < 200; count += 1) assert.equal(Number(await on.next()), count);
  on.client.send(Buffer.alloc(1_000_000));
  assert.equal((await on.closed)[0], 1009);
  assert.deepEqual(errorsOf(serving), []);
});

test("they stand on routers and mounted apps like every route, and middleware sees their handshake", async () => {
  const seen: string[] = [];
  await using serving = await serve((app) => {
    const rooms = new Router({ prefix: "/rooms", tags: ["rooms"] });
    rooms.use(async (request, next) => {
      const response = await next();
      seen.push(`${request.path} ${response.status}`);
      return response;
    });
    rooms.websocket("/{id:int}", async ({ socket, path }) => socket.send(`room ${path.id + 1}`));
    app.include(rooms);
    const inner = new App({ log: false });
    inner.websocket(
      "/deep",
      {
        use: {
          gone: dependency(async function* () {
            yield 1;
            seen.push("inner cleaned");
          }),
        },
      },
      async ({ socket, request }) => socket.send(request.mountPath),
    );
    app.mount("/inner", inner);
  });
  assert.equal(await (await talk(`${serving.url}/rooms/1`)).next(), "room 2");
  assert.equal(await (await talk(`${serving.url}/inner/deep`)).next(), "/inner");
  await until(() => seen.length === 2);
  assert.deepEqual(seen, ["/rooms/1 101", "inner cleaned"]);
});

test("messages leave in their order when a schema is asynchronous", async () => {
  const Slow = z.string().refine(async (text) => {
    await new Promise((resolve) => setTimeout(resolve, text === "1" ? 30 : 1));
    return true;
  });
  await using serving = await serve((app) => {
    app.websocket("/order", { send: Slow }, async ({ socket }) => {
      await Promise.all(["1", "2", "3"].map((text) => socket.send(text)));
    });
  });
  const { next } = await talk(`${serving.url}/order`);
  assert.deepEqual([await next(), await next(), await next()], ['"1"', '"2"', '"3"']);
});

test("edges that cannot change the protocol say so", async () => {
  const told: string[] = [];
  const app = new App({ log: false });
  const held = dependency(async function* () {
    yield 1;
    told.push("released");
  });
  app.websocket("/ws", { use: { held } }, () => void told.push("ran"));
  const headers = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  assert.equal((await app.fetch(new Request("http://localhost/ws"))).status, 426);
  assert.equal((await app.fetch(new Request("http://localhost/ws", { headers }))).status, 501);
  await app.stop();
  const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine: "node" });
  assert.equal((await refusal(`${server.url}/ws`)).status, 501);
  await server.stop();
  assert.deepEqual(told, ["released", "released"]);
});

test("mistakes in a declaration end the start", async () => {
  const handler = (): void => {};
  for (const [options, message] of [
    [{ maxMessageBytes: 0 }, /maxMessageBytes is a number of bytes, not 0/],
    [{ maxBufferedBytes: 1.5 }, /maxBufferedBytes/],
    [{ heartbeat: -1 }, /heartbeat/],
    [{ compression: "yes" }, /compression/],
    [{ protocols: ["a b"] }, /protocols/],
    [{ protocols: ["a", "a"] }, /protocols/],
    [{ origins: "https://a.example" }, /origins/],
    [{ origins: ["a.example"] }, /origins .* "a\.example" is none/],
    [{ send: {} }, /The send schema of WEBSOCKET \/ws at .* cannot be used/],
  ] as const) {
    const app = new App({ log: false });
    app.websocket("/ws", options as never, handler);
    await assert.rejects(app.start(), message);
  }
  const app = new App({ log: false });
  app.get("/ws", handler);
  app.websocket("/ws", handler);
  await assert.rejects(app.start(), { code: "APUS_DUPLICATE_ROUTE" });
});

test("they are listed, and are not in the OpenAPI document", async () => {
  const app = new App({ log: false });
  const opened = app.websocket("/rooms/{id:int}", () => {});
  assert.deepEqual((await app.openapi()).paths, {});
  assert.deepEqual(
    (await app.routes()).map(({ method, path }) => `${method} ${path}`),
    ["WEBSOCKET /rooms/{id:int}"],
  );
  assert.equal(app.urlFor(opened, { id: 3 }), "/rooms/3");
});
