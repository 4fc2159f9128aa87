/** The head of an answer and the answers that are not JSON: headers, cookies, redirects, platform responses, HEAD, and nothing smuggled in. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { App, empty, html, redirect, reply, text, type HandlerTools } from "apus";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onBothEdges } from "./edges.ts";
import { exchange } from "./raw-connection.ts";

let records: LogRecord[] = [];

function createApp(): App {
  records = [];
  return new App({ docs: false, log: createLogger((record) => records.push(record)) });
}

async function findError(): Promise<Error & { readonly code?: string }> {
  for (let turn = 0; turn < 200; turn += 1) {
    const found = records.find(({ level }) => level === "error");
    if (found !== undefined) return found.fields["error"] as Error;
    await sleep(5);
  }
  return assert.fail("nothing was logged as an error");
}

function buildHeads(): App {
  const app = createApp();
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

onBothEdges("a handler sets the status and headers of its answer", buildHeads, async (client) => {
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

onBothEdges("an error's answer has nothing of the head that the handler worked on", buildHeads, async (client) => {
  const failed = await client.fetch("/failed");
  assert.deepEqual([failed.status, failed.headers.get("x-head"), failed.headers.getSetCookie()], [500, null, []]);
});

function buildCookies(): App {
  const app = createApp();
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

onBothEdges("cookies are set with safe defaults, sent back, and forgotten", buildCookies, async (client) => {
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

/** Places that are not of this server. */
const strangers: readonly string[] = [
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "https://evil.example/",
  "https:evil.example",
  "HTTPS://EVIL.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "/\t/evil.example",
  " //evil.example",
  "next",
  "",
  "https://login.example.evil.example/",
  "https://login.example@evil.example/",
  "http://login.example/",
];

function buildUnsafe(): App {
  const app = createApp();
  for (const [name, run] of Object.entries(injections)) app.get(`/inject/${name}`, run);
  for (const [index, location] of strangers.entries()) {
    app.get(`/leave/${index}`, () => redirect(location, { allowOrigins: ["https://login.example"] }));
  }
  return app;
}

onBothEdges("nothing can be smuggled into the head", buildUnsafe, async (client, edge) => {
  for (const name of Object.keys(injections)) {
    records = [];
    const answer = await client.fetch(`/inject/${name}`);
    assert.deepEqual(
      [answer.status, answer.headers.getSetCookie(), answer.headers.get("x-name")],
      [500, [], null],
      name,
    );
    assert.equal(await answer.text(), '{"type":"about:blank","title":"Internal Server Error","status":500}');
    const error = await findError();
    assert.equal(error.code, "APUS_INVALID_HEADER", name);
    assert.ok(!error.message.includes("\n") && !error.message.includes("stolen"), error.message);
    if (edge === "process") continue;
    const raw = await exchange(client.baseUrl, `GET /inject/${name} HTTP/1.1\r\nhost: a\r\n\r\n`);
    assert.deepEqual([raw.status, raw.headers.has("set-cookie")], [500, false]);
  }
});

onBothEdges("a redirect never leaves for a place that nobody allowed", buildUnsafe, async (client) => {
  for (const [index, location] of strangers.entries()) {
    records = [];
    const answer = await client.fetch(`/leave/${index}`, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [500, null], location);
    assert.equal((await findError()).code, "APUS_INVALID_HEADER", location);
  }
});

function buildKinds(): App {
  const app = createApp();
  app.get("/text", () => text("grüße"));
  app.get("/html", () => html("<p>grüße</p>", { status: 203 }));
  app.get("/csv", () => text("a,b", { headers: { "Content-Type": "text/csv" } }));
  app.get("/empty", () => empty());
  app.get("/reset", () => empty(205));
  app.get("/accepted", () => empty(202, { headers: { "x-job": "7" } }));
  app.get("/home", () => redirect("/text?a=1#top"));
  app.get("/see", () => redirect("/text", { status: 303 }));
  app.get("/out", () =>
    redirect("https://login.example/start?next=%2Fhome", { allowOrigins: ["https://login.example"], status: 302 }),
  );
  app.get("/response", () => {
    const headers = new Headers({ "content-type": "text/css", "x-mine": "1" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT");
    return new Response("p {}", { status: 202, headers });
  });
  app.get(
    "/stream",
    () => new Response(ReadableStream.from([new TextEncoder().encode("one "), new TextEncoder().encode("two")])),
  );
  app.get("/no-body", () => new Response(null, { status: 304, headers: { etag: '"1"' } }));
  app.get("/json", () => ({ a: "é" }));
  return app;
}

onBothEdges("helpers answer with their own type and status", buildKinds, async (client) => {
  const read = async (path: string): Promise<readonly unknown[]> => {
    const answer = await client.fetch(path, { redirect: "manual" });
    return [answer.status, answer.headers.get("content-type"), await answer.text()];
  };
  assert.deepEqual(await read("/text"), [200, "text/plain; charset=utf-8", "grüße"]);
  assert.deepEqual(await read("/html"), [203, "text/html; charset=utf-8", "<p>grüße</p>"]);
  assert.deepEqual(await read("/csv"), [200, "text/csv", "a,b"]);
  assert.deepEqual(await read("/empty"), [204, null, ""]);
  assert.deepEqual(await read("/reset"), [205, null, ""]);
  assert.deepEqual(await read("/accepted"), [202, null, ""]);
  assert.deepEqual(await read("/home"), [307, null, ""]);
  const locations = { "/home": "/text?a=1#top", "/see": "/text", "/out": "https://login.example/start?next=%2Fhome" };
  for (const [path, location] of Object.entries(locations)) {
    assert.equal((await client.fetch(path, { redirect: "manual" })).headers.get("location"), location);
  }
});

onBothEdges("a platform Response is answered as it is", buildKinds, async (client) => {
  const answer = await client.fetch("/response");
  assert.deepEqual(
    [answer.status, answer.headers.get("content-type"), answer.headers.get("x-mine")],
    [202, "text/css", "1"],
  );
  assert.deepEqual(answer.headers.getSetCookie(), ["a=1", "b=2; Expires=Thu, 01 Jan 2099 00:00:00 GMT"]);
  assert.equal(await answer.text(), "p {}");
  assert.equal(await (await client.fetch("/stream")).text(), "one two");
  const unchanged = await client.fetch("/no-body");
  assert.deepEqual([unchanged.status, unchanged.headers.get("etag"), await unchanged.text()], [304, '"1"', ""]);
});

onBothEdges("HEAD has the headers of GET and no content", buildKinds, async (client, edge) => {
  for (const path of ["/json", "/text", "/html", "/csv", "/empty", "/accepted", "/response", "/stream", "/no-body"]) {
    const get = await client.fetch(path);
    const head = await client.fetch(path, { method: "HEAD" });
    assert.equal(head.status, get.status, path);
    assert.equal(await head.text(), "", path);
    for (const name of ["content-type", "x-mine", "x-job", "etag"])
      assert.equal(head.headers.get(name), get.headers.get(name), path);
    assert.deepEqual(head.headers.getSetCookie(), get.headers.getSetCookie());
    if (edge === "process") continue;
    assert.equal(head.headers.get("content-length"), get.headers.get("content-length"), path);
    const raw = await exchange(client.baseUrl, `HEAD ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`, {
      head: true,
    });
    assert.deepEqual([raw.status, raw.text], [get.status, ""]);
  }
});

let late: unknown[] = [];

function buildLate(): App {
  late = [];
  const app = createApp();
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

onBothEdges("the head cannot be changed after it has left", buildLate, async (client) => {
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

/** Platform responses that cannot be sent any more. */
function buildSpent(): App {
  const app = createApp();
  app.get("/read", async () => {
    const response = new Response("a");
    await response.text();
    return response;
  });
  app.get("/locked", () => {
    const response = new Response("a");
    response.body?.getReader();
    return response;
  });
  app.get("/network-error", () => Response.error());
  app.get("/fine", () => "fine");
  return app;
}

onBothEdges("a platform Response that cannot be sent is a 500", buildSpent, async (client) => {
  for (const path of ["/read", "/locked", "/network-error"]) {
    records = [];
    const answer = await client.fetch(path);
    assert.equal(answer.status, 500, path);
    assert.equal((await findError()).code, "APUS_INVALID_RESPONSE", path);
  }
  assert.equal((await client.fetch("/fine")).status, 200);
});
