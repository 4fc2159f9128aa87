/** WebSockets behind what stands around an app: every middleware, TLS, a typed session, many at once. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App, dependency, session } from "apus";
import { compression } from "apus/middleware/compression";
import { conditional } from "apus/middleware/conditional";
import { cors } from "apus/middleware/cors";
import { csrf } from "apus/middleware/csrf";
import { httpsRedirect } from "apus/middleware/https-redirect";
import { idempotency } from "apus/middleware/idempotency";
import { loadShedding } from "apus/middleware/load-shedding";
import { proxyHeaders } from "apus/middleware/proxy-headers";
import { rateLimit } from "apus/middleware/rate-limit";
import { securityHeaders } from "apus/middleware/security-headers";
import { timeLimit } from "apus/middleware/time-limit";
import { trustedHosts } from "apus/middleware/trusted-hosts";
import { WebSocket } from "ws";
import { errorsOf, refusal, serve, talk, until } from "./websocket-talk.ts";

test("every middleware lets a handshake through, and a proxy's word of the scheme counts for the origin", async () => {
  await using serving = await serve((app) => {
    for (const middleware of [
      proxyHeaders({ trust: 1 }),
      trustedHosts({ hosts: ["app.example"] }),
      httpsRedirect(),
      securityHeaders(),
      cors({ origins: ["https://other.example"] }),
      csrf(),
      rateLimit({ limit: 100, window: 60_000 }),
      loadShedding({ concurrency: 1 }),
      compression(),
      conditional(),
      idempotency(),
      timeLimit({ after: 50 }),
    ]) {
      app.use(middleware);
    }
    app.websocket("/echo", async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
  });
  const headers = {
    host: "app.example",
    origin: "https://app.example",
    "x-forwarded-for": "1.2.3.4",
    "x-forwarded-proto": "https",
  };
  const all = [await talk(`${serving.url}/echo`, { headers }), await talk(`${serving.url}/echo`, { headers })];
  await sleep(80);
  for (const { client, next, closed } of all) {
    client.send("after the time limit of the handshake");
    assert.equal(await next(), "after the time limit of the handshake");
    client.close();
    assert.equal((await closed)[0], 1005);
  }
  assert.equal((await refusal(`${serving.url}/echo`, { ...headers, origin: "https://other.example" })).status, 403);
  assert.deepEqual(errorsOf(serving), []);
});

test("over TLS the app's own origin is https", async () => {
  const folder = new URL("certificates/", import.meta.url);
  const [key, cert] = ["localhost-key.pem", "localhost-cert.pem"].map((name) =>
    readFileSync(new URL(name, folder), "utf8"),
  );
  const app = new App({ log: false });
  app.websocket("/echo", async ({ socket }) => {
    for await (const message of socket) await socket.send(message);
  });
  await using server = await app.listen({ port: 0, signals: false, idleGrace: 0, tls: { key, cert } });
  const client = new WebSocket(`${server.url.replace("https", "wss")}/echo`, { ca: cert, origin: server.url });
  await once(client, "open");
  const big = "x".repeat(500_000);
  client.send(big);
  const [data] = (await once(client, "message")) as [Buffer];
  assert.equal(data.toString(), big);
  client.close();
  await once(client, "close");
});

test("a session is read, and what the handshake does to it leaves with the 101", async () => {
  const own = session({ keys: "x".repeat(40), cookie: { name: "sid", secure: false } });
  await using serving = await serve((app) => {
    app.get("/login", { use: { own } }, (input) => input.own.set("user", "ada"));
    app.websocket("/me", { use: { own } }, async (input) => input.socket.send(String(input.own.get("user"))));
  });
  const login = await fetch(`${serving.url}/login`);
  const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const { next } = await talk(`${serving.url}/me`, { headers: { cookie } });
  assert.equal(await next(), "ada");
  await until(() => serving.records.some(({ message }) => message === "The WebSocket is closed"));
  assert.deepEqual(errorsOf(serving), []);
});

test("a thousand that come and go leave nothing", { timeout: 60_000 }, async () => {
  let open = 0;
  await using serving = await serve((app) => {
    const counted = dependency(async function* () {
      open += 1;
      try {
        yield 1;
      } finally {
        open -= 1;
      }
    });
    app.websocket("/many", { use: { counted } }, async ({ socket }) => {
      for await (const message of socket) await socket.send(message);
    });
  });
  for (let round = 0; round < 10; round += 1) {
    const all = await Promise.all(Array.from({ length: 100 }, () => talk(`${serving.url}/many`)));
    assert.equal(open, 100);
    for (const [index, { client }] of all.entries()) {
      client.send("hello");
      if (index % 3 === 0) client.terminate();
      else client.close();
    }
    await Promise.all(all.map(({ closed }) => closed));
    await until(() => open === 0);
  }
  assert.deepEqual(errorsOf(serving), []);
});
