/** The answers that are not plain JSON, on both edges: text, HTML, redirects, platform responses, and HEAD. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { empty, html, redirect, text, type App } from "apus";
import { testClient } from "apus/testing";
import { createLoggedApp, findErrorLine, forgetLog } from "./collected-log.ts";
import { onEveryEdge } from "./edges.ts";
import { exchange } from "./raw-connection.ts";

function buildKinds(): App {
  const app = createLoggedApp();
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

onEveryEdge("helpers answer with their own type and status", buildKinds, async (client) => {
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

onEveryEdge("a platform Response is answered as it is", buildKinds, async (client) => {
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

onEveryEdge("HEAD has the headers of GET and no content", buildKinds, async (client, edge) => {
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

function buildLeaving(): App {
  const app = createLoggedApp();
  for (const [index, location] of strangers.entries()) {
    app.get(`/leave/${index}`, () => redirect(location, { allowOrigins: ["https://login.example"] }));
  }
  return app;
}

onEveryEdge("a redirect never leaves for a place that nobody allowed", buildLeaving, async (client) => {
  for (const [index, location] of strangers.entries()) {
    forgetLog();
    const answer = await client.fetch(`/leave/${index}`, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [500, null], location);
    assert.equal((await findErrorLine()).error.code, "APUS_INVALID_HEADER", location);
  }
});

/** Platform responses that cannot be sent any more. */
function buildSpent(): App {
  const app = createLoggedApp();
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

onEveryEdge("a platform Response that cannot be sent is a 500", buildSpent, async (client) => {
  for (const path of ["/read", "/locked", "/network-error"]) {
    forgetLog();
    const answer = await client.fetch(path);
    assert.equal(answer.status, 500, path);
    assert.equal((await findErrorLine()).error.code, "APUS_INVALID_RESPONSE", path);
  }
  assert.equal((await client.fetch("/fine")).status, 200);
});

test("HEAD through fetch() lets go of a stream", async () => {
  let cancelled = 0;
  const app = createLoggedApp();
  app.get("/stream", () => new Response(new ReadableStream({ cancel: () => void (cancelled += 1) })));
  await using client = await testClient(app);
  assert.equal((await client.fetch("/stream", { method: "HEAD" })).status, 200);
  await sleep(5);
  assert.equal(cancelled, 1);
});
