/** What the typed client sends, and what it makes of the answers; against a fetch that answers from a table. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "./client-error.ts";
import { createClient } from "./create-client.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** The client's methods without types: what it does with any input. */
type Untyped = Record<
  string,
  ((path: string, input?: unknown) => Promise<unknown>) & { outcome(path: string, input?: unknown): Promise<unknown> }
>;

function build(answer: () => Response | Promise<Response>): { readonly client: Untyped; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const client = createClient({
    baseUrl: "http://api.test/v1/",
    headers: { authorization: "Bearer x" },
    fetch: async (url, init) => {
      sent.push({ url, init });
      return answer();
    },
  });
  return { client: client as unknown as Untyped, sent };
}

const problem = { type: "about:blank", title: "Not Found", status: 404, detail: "no item 1" };
const refuse = (): Response =>
  Response.json(problem, { status: 404, headers: { "content-type": "application/problem+json" } });

test("path, query, headers, cookies and body go to their places", async () => {
  const { client, sent } = build(() => Response.json({ ok: true }));
  await client["post"]?.("/items/{id:int}/{name}.json", {
    path: { id: 1, name: "a/b c" },
    query: { tag: ["x", "y"], since: new Date(0), none: undefined, flag: true },
    headers: { "x-count": 2 },
    cookies: { session: "a b" },
    body: { big: 1n, text: "ä" },
    extraHeaders: { "x-extra": "1" },
  });
  const [{ url, init }] = sent as [Sent];
  assert.equal(
    url,
    "http://api.test/v1/items/1/a%2Fb%20c.json?tag=x&tag=y&since=1970-01-01T00%3A00%3A00.000Z&flag=true",
  );
  assert.equal(init.method, "POST");
  assert.equal(init.body, '{"big":"1","text":"ä"}');
  const headers = new Headers(init.headers);
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("authorization"), "Bearer x");
  assert.equal(headers.get("x-count"), "2");
  assert.equal(headers.get("x-extra"), "1");
  assert.equal(headers.get("cookie"), "session=a%20b");
});

test("a form is urlencoded; a rest parameter keeps its slashes", async () => {
  const { client, sent } = build(() => new Response(null, { status: 204 }));
  assert.equal(
    await client["put"]?.("/files/{rest:path}", { path: { rest: "a/b?c" }, form: { a: 1, b: ["x", "y"] } }),
    undefined,
  );
  const [{ url, init }] = sent as [Sent];
  assert.equal(url, "http://api.test/v1/files/a/b%3Fc");
  assert.deepEqual(init.body, new URLSearchParams("a=1&b=x&b=y"));
});

test("a path parameter that is missing or would leave its place is refused before anything is sent", async () => {
  const { client, sent } = build(refuse);
  await assert.rejects(async () => client["get"]?.("/items/{id}", {}), /path\.id/);
  await assert.rejects(async () => client["get"]?.("/items/{id}", { path: { id: ".." } }), /leave its place/);
  await assert.rejects(
    async () => client["get"]?.("/files/{rest:path}", { path: { rest: "a/../../b" } }),
    /leave its place/,
  );
  assert.equal(sent.length, 0);
});

test("a problem rejects the call with a ClientError, and is the outcome of the other form", async () => {
  const { client } = build(refuse);
  await assert.rejects(
    async () => client["get"]?.("/items"),
    (error: ClientError) => {
      assert.ok(error instanceof ClientError);
      assert.equal(error.status, 404);
      assert.equal(error.problem?.detail, "no item 1");
      return true;
    },
  );
  const outcome = (await client["get"]?.outcome("/items")) as { ok: boolean; status: number; problem: unknown };
  assert.equal(outcome.ok, false);
  assert.equal(outcome.status, 404);
  assert.deepEqual(outcome.problem, problem);
});

test("an error without a problem, text that is not JSON, and no answer at all are ClientErrors too", async () => {
  const gateway = build(() => new Response("<html>", { status: 502, headers: { "content-type": "text/html" } }));
  await assert.rejects(async () => gateway.client["get"]?.("/x"), { name: "ClientError", status: 502 });
  await assert.rejects(async () => gateway.client["get"]?.outcome("/x"), { name: "ClientError", status: 502 });
  const babble = build(() => new Response("{", { headers: { "content-type": "application/json" } }));
  await assert.rejects(async () => babble.client["get"]?.("/x"), { name: "ClientError", message: /not JSON/ });
  const silent = build(() => Promise.reject(new TypeError("fetch failed")));
  await assert.rejects(async () => silent.client["get"]?.("/x"), {
    name: "ClientError",
    status: 0,
    message: /no answer/,
  });
});

test("an aborted call rejects with the signal's own reason", async () => {
  const { client } = build(() => Promise.reject(new DOMException("aborted", "AbortError")));
  const signal = AbortSignal.abort();
  await assert.rejects(async () => client["get"]?.("/x", { signal }), { name: "AbortError" });
});

test("an answer that is cut short is a ClientError, and the signal's reason when the caller aborted", async () => {
  const cut = (): Response =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.error(new TypeError("terminated")),
      }),
    );
  const { client } = build(cut);
  await assert.rejects(async () => client["get"]?.("/x"), { name: "ClientError", status: 200, message: /cut short/ });
  const controller = new AbortController();
  const aborted = build(() => {
    controller.abort();
    return cut();
  });
  const { signal } = controller;
  await assert.rejects(async () => aborted.client["get"]?.("/x", { signal }), { name: "TypeError" });
});

test("a call may name another JSON media type for its body", async () => {
  const { client, sent } = build(() => new Response(null, { status: 204 }));
  await client["patch"]?.("/x", { body: { a: 1 }, extraHeaders: { "content-type": "application/merge-patch+json" } });
  assert.equal(new Headers(sent[0]?.init.headers).get("content-type"), "application/merge-patch+json");
});
