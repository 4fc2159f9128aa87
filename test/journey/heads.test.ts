/** The head of an answer and the answers that are not JSON: headers, cookies, redirects, platform responses, HEAD, and nothing smuggled in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { empty, redirect, reply, text, type App, type HandlerTools } from "apus";
import { testClient } from "apus/testing";
import { createLoggedApp, findErrorLine, forgetLog } from "./collected-log.ts";
import { onEveryEdge } from "./edges.ts";
import { exchange } from "./raw-connection.ts";

function buildHeads(): App {
  const app = createLoggedApp();
  app.get("/set", ({ response }) => {
    response.status = 203;
    response.setHeader("X-One", "first");
    response.setHeader("x-one", "second");
    response.appendHeader("vary", "accept");
    response.appendHeader("Vary", "origin");
    return { a: 1 };
  });
  app.get("/typed", ({ response }) => {
    response.setHeader("Content-Type", "application/vnd.api+json");
    return { a: 1 };
  });
  app.get("/typed-reply", () => reply(200, { a: 1 }, { headers: { "content-type": "application/hal+json" } }));
  app.get("/both", ({ response }) => {
    response.setHeader("x-head", "1");
    response.setCookie("one", "1");
    return reply(200, "both", {
      headers: { "x-reply": ["2", "3"] },
      cookies: { two: "2", three: { value: "3", httpOnly: false } },
    });
  });
  app.get("/beside-response", ({ response }) => {
    response.setHeader("x-head", "1");
    response.setCookie("one", "1");
    return new Response("text");
  });
  app.get("/failed", ({ response }) => {
    response.status = 203;
    response.setHeader("x-head", "1");
    response.setCookie("session", "secret");
    throw new Error("after the head was worked on");
  });
  return app;
}

onEveryEdge("a handler sets the status and headers of its answer", buildHeads, async (client) => {
  const set = await client.fetch("/set");
  assert.deepEqual([set.status, set.headers.get("x-one"), set.headers.get("vary")], [203, "second", "accept, origin"]);
  assert.deepEqual(await set.json(), { a: 1 });
  assert.equal((await client.fetch("/typed")).headers.get("content-type"), "application/vnd.api+json");
  assert.equal((await client.fetch("/typed-reply")).headers.get("content-type"), "application/hal+json");
  const both = await client.fetch("/both");
  assert.deepEqual([both.headers.get("x-head"), both.headers.get("x-reply")], ["1", "2, 3"]);
  assert.deepEqual(both.headers.getSetCookie(), [
    "one=1; Path=/; Secure; HttpOnly; SameSite=Lax",
    "two=2; Path=/; Secure; HttpOnly; SameSite=Lax",
    "three=3; Path=/; Secure; SameSite=Lax",
  ]);
  const beside = await client.fetch("/beside-response");
  assert.deepEqual(
    [beside.headers.get("x-head"), beside.headers.getSetCookie().length, await beside.text()],
    ["1", 1, "text"],
  );
});

onEveryEdge("an error's answer has nothing of the head that the handler worked on", buildHeads, async (client) => {
  const failed = await client.fetch("/failed");
  assert.deepEqual([failed.status, failed.headers.get("x-head"), failed.headers.getSetCookie()], [500, null, []]);
});

function buildCookies(): App {
  const app = createLoggedApp();
  app.post("/login", ({ response, request }) => {
    response.setCookie("session", "a b;=é", { maxAge: 60, sameSite: "strict" });
    response.setCookie("__Host-id", "1");
    return request.headers.get("cookie") ?? "none";
  });
  app.post("/logout", ({ response }) => {
    response.deleteCookie("session");
    return empty();
  });
  app.get("/mine", ({ request }) => request.headers.get("cookie") ?? "none");
  return app;
}

onEveryEdge("cookies are set with safe defaults, sent back, and forgotten", buildCookies, async (client) => {
  const login = await client.fetch("/login", { method: "POST" });
  assert.deepEqual(login.headers.getSetCookie(), [
    "session=a%20b%3B%3D%C3%A9; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict",
    "__Host-id=1; Path=/; Secure; HttpOnly; SameSite=Lax",
  ]);
  assert.equal(await (await client.fetch("/mine")).json(), "session=a%20b%3B%3D%C3%A9; __Host-id=1");
  const logout = await client.fetch("/logout", { method: "POST" });
  assert.deepEqual(
    [logout.status, logout.headers.getSetCookie()],
    [204, ["session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]],
  );
  assert.equal(await (await client.fetch("/mine")).json(), "__Host-id=1");
});

const smuggled = "ok\r\nset-cookie: stolen=1\r\n\r\n<script>";

/** Each tries to bring a line of its own into the head. */
const injections: Readonly<Record<string, (tools: HandlerTools) => unknown>> = {
  "set-header": ({ response }) => response.setHeader("x-name", smuggled),
  "append-header": ({ response }) => response.appendHeader("x-name", "a\nb"),
  "header-name": ({ response }) => response.setHeader("x-name: a\r\nx", "a"),
  "null-byte": ({ response }) => response.setHeader("x-name", "a\0b"),
  "beyond-latin": ({ response }) => response.setHeader("x-name", "嘊嘍set-cookie: a"),
  "cookie-name": ({ response }) => response.setCookie("a=1; Domain=evil.example", "1"),
  "cookie-path": ({ response }) => response.setCookie("a", "1", { path: "/; Domain=evil.example" }),
  "cookie-domain": ({ response }) => response.setCookie("a", "1", { domain: "example.com\r\nx: y" }),
  "reply-header": () => reply(200, 1, { headers: { "x-name": smuggled } }),
  "text-header": () => text("a", { headers: { "x-name": ["fine", smuggled] } }),
  "reply-cookie": () => reply(200, 1, { cookies: { "a\r\nb": "1" } }),
  "redirect-line": () => redirect(`/next${smuggled}`),
};

function buildUnsafe(): App {
  const app = createLoggedApp();
  for (const [name, run] of Object.entries(injections)) app.get(`/inject/${name}`, run);
  return app;
}

onEveryEdge("nothing can be smuggled into the head", buildUnsafe, async (client, edge) => {
  for (const name of Object.keys(injections)) {
    forgetLog();
    const answer = await client.fetch(`/inject/${name}`);
    assert.deepEqual(
      [answer.status, answer.headers.getSetCookie(), answer.headers.get("x-name")],
      [500, [], null],
      name,
    );
    assert.equal(await answer.text(), '{"type":"about:blank","title":"Internal Server Error","status":500}');
    const { error } = await findErrorLine();
    assert.equal(error.code, "APUS_INVALID_HEADER", name);
    assert.ok(!error.message.includes("\n") && !error.message.includes("stolen"), error.message);
    if (edge === "process") continue;
    const raw = await exchange(client.baseUrl, `GET /inject/${name} HTTP/1.1\r\nhost: a\r\n\r\n`);
    assert.deepEqual([raw.status, raw.headers.has("set-cookie")], [500, false]);
  }
});

let late: unknown[] = [];

function buildLate(): App {
  late = [];
  const app = createLoggedApp();
  const later = (change: () => void): void => {
    setTimeout(() => {
      try {
        change();
        late.push("accepted");
      } catch (error) {
        late.push((error as { code?: unknown }).code);
      }
    }, 20);
  };
  app.get("/touched", ({ response }) => {
    response.setHeader("x-early", "1");
    later(() => response.setHeader("x-late", "1"));
    later(() => response.appendHeader("x-late", "1"));
    later(() => response.setCookie("late", "1"));
    later(() => response.deleteCookie("late"));
    later(() => (response.status = 202));
    return "done";
  });
  app.get("/untouched", (tools) => {
    later(() => tools.response.setHeader("x-late", "1"));
    return "done";
  });
  app.get("/thrown", ({ response }) => {
    later(() => response.setHeader("x-late", "1"));
    throw new Error("the answer is an error's");
  });
  return app;
}

onEveryEdge("the head cannot be changed after it has left", buildLate, async (client) => {
  for (const [path, count] of [
    ["/touched", 5],
    ["/untouched", 1],
    ["/thrown", 1],
  ] as const) {
    late = [];
    const answer = await client.fetch(path);
    assert.equal(answer.headers.get("x-late"), null);
    for (let turn = 0; turn < 200 && late.length < count; turn += 1) await sleep(5);
    assert.deepEqual(
      late,
      Array.from({ length: count }, () => "APUS_HEAD_SENT"),
      path,
    );
  }
});

function buildFramed(): App {
  const app = createLoggedApp();
  app.get("/short", ({ response }) => {
    response.setHeader("content-length", "3");
    return "longer than three";
  });
  app.get("/short-response", () => new Response("hello", { headers: { "content-length": "2" } }));
  app.get("/chunked", ({ response }) => {
    response.setHeader("transfer-encoding", "chunked");
    return "hello";
  });
  app.get("/exposed", () => text("hello", { headers: { "access-control-expose-headers": "content-length" } }));
  return app;
}

test("the engine alone frames an answer, whatever headers a handler sets", async () => {
  await using client = await testClient(buildFramed(), { socket: true });
  const lengths = { "/short": 19, "/short-response": 5, "/chunked": 7, "/exposed": 5 };
  for (const [path, length] of Object.entries(lengths)) {
    const raw = await exchange(client.baseUrl, `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    const isChunked = raw.headers.get("transfer-encoding") === "chunked";
    const declared = raw.headers.get("content-length");
    assert.ok(
      isChunked ? declared === null : declared === String(length),
      `${path}: ${declared}, chunked: ${isChunked}`,
    );
  }
  const exposed = await exchange(client.baseUrl, "GET /exposed HTTP/1.1\r\nhost: a\r\n\r\n");
  assert.equal(exposed.headers.get("content-length"), "5");
});

test("a handler that sets x-request-id answers with one", async () => {
  const app = createLoggedApp();
  app.get("/", ({ response, requestId }) => response.setHeader("x-request-id", requestId));
  await using client = await testClient(app);
  const answer = await client.fetch("/", { headers: { "x-request-id": "mine-1234" } });
  assert.equal(answer.headers.get("x-request-id"), "mine-1234");
});
