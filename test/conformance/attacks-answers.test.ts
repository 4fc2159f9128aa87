/** Attacks on what is sent back: text of a request in header lines, hooks that an answer leaves out, and cookies that are joined. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, empty, html, HttpError, redirect, reply, text, type EngineKind, type HttpRequest } from "apus";
import { z } from "zod";
import { exchange, RawConnection } from "../journey/raw-connection.ts";

const engines: readonly EngineKind[] = ["net", "node"];

/** Sends a request and gives everything that came until the connection ended. */
async function receive(url: string, target: string, method = "GET"): Promise<string> {
  await using connection = await RawConnection.open(url);
  await connection.send(`${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await connection.ended();
  return connection.received;
}

/** Every way in which text can come into the head of an answer. */
function createEchoApp(): App {
  const app = new App({ log: false });
  const query = z.object({ text: z.string() });
  app.get("/set", { query }, (input) => input.response.setHeader("x-echo", input.query.text));
  app.get("/append", { query }, (input) => input.response.appendHeader("x-echo", input.query.text));
  app.get("/name", { query }, (input) => input.response.setHeader(`x-${input.query.text}`, "1"));
  app.get("/reply", { query }, (input) => reply(200, "", { headers: { "x-echo": input.query.text } }));
  app.get("/reply-name", { query }, (input) => text("", { headers: { [`x-${input.query.text}`]: "1" } }));
  app.get("/redirect", { query }, (input) => redirect(input.query.text));
  app.get("/cookie", { query }, (input) => empty(204, { cookies: { a: { value: "b", path: input.query.text } } }));
  app.get("/error", { query }, (input) => {
    throw new HttpError(400, {}, { headers: { "x-echo": input.query.text } });
  });
  app.get("/type", { query }, (input) => html("", { headers: { "content-type": input.query.text } }));
  app.use(async (request, next) => {
    const answer = await next();
    const given = new URLSearchParams(request.query).get("text") ?? "";
    if (request.path === "/middleware") return { ...answer, headers: [["x-echo", given]] };
    if (request.path === "/middleware-name") return { ...answer, headers: [[`x-${given}`, "1"]] };
    return answer;
  });
  return app;
}

const places = [
  "set",
  "append",
  "name",
  "reply",
  "reply-name",
  "redirect",
  "cookie",
  "error",
  "type",
  "middleware",
  "middleware-name",
];

for (const engine of engines) {
  test(`37 CVE-2020-7695: no text of a request becomes another line of an answer (${engine})`, async () => {
    await using server = await createEchoApp().listen({ port: 0, signals: false, engine });
    for (const place of places) {
      for (const evil of [
        "a\r\nx-evil: 1",
        "a\nx-evil: 1",
        "a\rx-evil: 1",
        "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "a\u0000",
        "\u0100\u010d\u010a",
      ]) {
        const received = await receive(server.url, `/${place}?text=${encodeURIComponent(evil)}`);
        const shown = `${place} ${JSON.stringify(evil)}: ${received}`;
        assert.match(received, /^HTTP\/1\.1 500 /, shown);
        assert.doesNotMatch(received, /x-evil|x-echo/, shown);
        assert.equal(received.split("HTTP/1.1 ").length, 2, shown);
      }
    }
    assert.equal(
      (await exchange(server.url, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status,
      200,
    );
  });

  test(`38 CVE-2025-7339: what a middleware adds is in every answer, however it was made (${engine})`, async () => {
    const app = createHookedApp();
    await using server = await app.listen({ port: 0, signals: false, engine });
    for (const [method, target, status] of [
      ["GET", "/value", 200],
      ["HEAD", "/value", 200],
      ["GET", "/empty", 204],
      ["GET", "/text", 200],
      ["GET", "/response", 201],
      ["GET", "/pairs", 201],
      ["GET", "/stream", 200],
      ["GET", "/redirect", 307],
      ["GET", "/fails", 500],
      ["GET", "/teapot", 418],
      ["GET", "/number/x", 404],
      ["GET", "/nowhere", 404],
      ["DELETE", "/value", 405],
      ["OPTIONS", "/value", 204],
      ["GET", "/%ff", 400],
      ["GET", "/openapi.json", 200],
      ["GET", "/health", 200],
    ] as const) {
      const received = await receive(server.url, target, method);
      const [head = ""] = received.split("\r\n\r\n");
      assert.match(head, /\r\nx-hook: 1(\r\n|$)/i, `${method} ${target}: ${received}`);
      if (target !== "/number/x") assert.ok(head.startsWith(`HTTP/1.1 ${status} `), `${method} ${target}: ${head}`);
    }
  });

  test(`39 hono 7ae7cbae: cookies have a line each, however they were set (${engine})`, async () => {
    await using server = await createCookieApp().listen({ port: 0, signals: false, engine });
    for (const target of ["/head", "/reply", "/response", "/pairs", "/middleware", "/error"]) {
      const received = await receive(server.url, target);
      const lines = received.split("\r\n").filter((line) => /^set-cookie:/i.test(line));
      const names = lines.map((line) => /: (\w+)=/.exec(line)?.[1]);
      assert.deepEqual(names, ["one", "two"], `${target}: ${received}`);
    }
  });
}

function createHookedApp(): App {
  const app = new App({ log: false });
  app.use(async (_request: HttpRequest, next) => {
    const answer = await next();
    return { ...answer, headers: [...answer.headers, ["x-hook", "1"]] };
  });
  app.get("/value", () => ({ a: 1 }));
  app.get("/empty", () => undefined);
  app.get("/text", () => text("a", { headers: { "x-own": "1" } }));
  app.get("/response", () => new Response("a", { status: 201, headers: { "x-own": "1" } }));
  app.get("/pairs", () => new Response("a", { status: 201, headers: [["x-own", "1"]] }));
  app.get("/stream", () => new Response(new Blob(["a"]).stream()));
  app.get("/redirect", () => redirect("/value"));
  app.get("/fails", () => {
    throw new Error("no");
  });
  app.get("/teapot", () => {
    throw new HttpError(418);
  });
  app.get("/number/{n:int}", ({ path }) => path.n);
  return app;
}

function createCookieApp(): App {
  const app = new App({ log: false });
  const both = ["one=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "two=2; Path=/"] as const;
  app.get("/head", ({ response }) => {
    response.setCookie("one", "1", { expires: new Date(0) });
    response.setCookie("two", "2");
  });
  app.get("/reply", () => text("a", { cookies: { one: "1", two: "2" } }));
  app.get("/response", () => {
    const headers = new Headers();
    for (const line of both) headers.append("set-cookie", line);
    return new Response("a", { headers });
  });
  app.get("/pairs", () => text("a", { headers: { "set-cookie": both } }));
  app.get("/middleware", () => text("a", { cookies: { one: "1" } }));
  app.get("/error", ({ response }) => {
    response.setCookie("one", "1");
    response.setCookie("two", "2");
    return reply(400, "a");
  });
  app.use(async (request, next) => {
    const answer = await next();
    return request.path === "/middleware"
      ? { ...answer, headers: [...answer.headers, ["set-cookie", both[1]]] }
      : answer;
  });
  return app;
}
