/** conditional(): tags, 304, and what a 304 keeps. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApusError } from "../errors/apus-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { answering, fieldOf, plainRequest, type PlainRequestInit } from "../../test/journey/plain-request.ts";
import { conditional, type ConditionalOptions } from "./conditional.ts";

async function send(response: Partial<HttpResponse>, init: PlainRequestInit = {}, options?: ConditionalOptions) {
  return conditional(options)(plainRequest("/", init), answering(response));
}

const tagOf = async (response: Partial<HttpResponse>): Promise<string> =>
  fieldOf(await send(response), "etag") ?? assert.fail("no tag");

test("the same content has the same tag, text or bytes; another has another", async () => {
  const tag = await tagOf({ body: "swift" });
  assert.match(tag, /^"[\w-]{27}"$/);
  assert.equal(await tagOf({ body: Buffer.from("swift") }), tag);
  assert.notEqual(await tagOf({ body: "Swift" }), tag);
  assert.match(await tagOf({ body: "" }), /^"/);
  assert.equal(fieldOf(await send({ body: "swift" }, {}, { weak: true }), "etag"), `W/${tag}`);
});

test("HEAD has the tag of GET; without content, of a stream, another status or method there is none", async () => {
  const tag = await tagOf({ body: "swift" });
  assert.equal(fieldOf(await send({ body: "swift" }, { method: "HEAD" }), "etag"), tag);
  const stream = (async function* () {
    yield Buffer.from("swift");
  })();
  for (const [response, method] of [
    [{ body: null }, "HEAD"],
    [{ body: null }, "GET"],
    [{ body: stream }, "GET"],
    [{ body: "swift", status: 201 }, "GET"],
    [{ body: "swift", status: 404 }, "GET"],
    [{ body: "swift" }, "POST"],
  ] as const) {
    assert.equal(fieldOf(await send(response, { method }), "etag"), undefined, `${method} ${JSON.stringify(response)}`);
  }
});

test("If-None-Match: 304 to who has it, whole answers to everybody else", async () => {
  const tag = await tagOf({ body: "swift" });
  for (const field of [tag, `W/${tag}`, `"x", ${tag}`, "*", `"x",W/${tag} ,"y"`]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await send({ body: "swift" }, { method, headers: { "if-none-match": field } });
      assert.equal(answer.status, 304, field);
      assert.equal(answer.body, null);
    }
  }
  for (const field of ["", '"x"', tag.slice(1, -1), `${tag}x`, `x${tag}`, "**"]) {
    assert.equal((await send({ body: "swift" }, { headers: { "if-none-match": field } })).status, 200, field);
  }
  assert.equal((await send({ body: "swift" }, { method: "POST", headers: { "if-none-match": tag } })).status, 200);
  assert.equal((await send({ status: 404, body: "swift" }, { headers: { "if-none-match": "*" } })).status, 404);
});

test("a 304 has the tag as the client holds it, and keeps what caches need", async () => {
  const lines = [
    ["content-type", "application/json"],
    ["content-length", "5"],
    ["content-language", "en"],
    ["content-encoding", "br"],
    ["content-location", "/a"],
    ["content-security-policy", "default-src 'none'"],
    ["cache-control", "max-age=5"],
    ["ETag", '"1"'],
    ["Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["vary", "Origin"],
  ] as const;
  const answer = await send({ body: "swift", headers: lines }, { headers: { "if-none-match": 'W/"1"' } });
  assert.deepEqual(answer.headers, [
    ["content-location", "/a"],
    ["content-security-policy", "default-src 'none'"],
    ["cache-control", "max-age=5"],
    ["vary", "Origin"],
    ["etag", 'W/"1"'],
  ]);
});

test("a handler's tag counts, also of a stream, which is released", async () => {
  let returns = 0;
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error("was read")),
      return: async () => {
        returns += 1;
        return { done: true, value: undefined };
      },
    }),
  };
  const finished = (): void => assert.fail("whoever writes the 304 calls it");
  const answer = await send({ body, headers: [["etag", '"v1"']], finished }, { headers: { "if-none-match": '"v1"' } });
  assert.deepEqual([answer.status, returns, answer.finished], [304, 1, finished]);
  const other = await send({ body: "swift", headers: [["etag", '"v1"']] });
  assert.deepEqual(other.headers, [["etag", '"v1"']]);
});

test("If-Modified-Since counts only without If-None-Match", async () => {
  const response = { body: "a", headers: [["last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"]] } as const;
  const since = (date: string, more = {}): PlainRequestInit => ({ headers: { "if-modified-since": date, ...more } });
  assert.equal((await send(response, since("Sun, 06 Nov 1994 08:49:37 GMT"))).status, 304);
  assert.equal((await send(response, since("Mon, 07 Nov 1994 08:49:37 GMT"))).status, 304);
  assert.equal((await send(response, since("Sun, 06 Nov 1994 08:49:36 GMT"))).status, 200);
  assert.equal((await send(response, since("tomorrow"))).status, 200);
  assert.equal((await send(response, since("Sun, 06 Nov 1994 08:49:37 GMT", { "if-none-match": '"x"' }))).status, 200);
  assert.equal((await send({ body: "a" }, since("Sun, 06 Nov 1994 08:49:37 GMT"))).status, 200);
  const tagless = { ...response, body: null };
  const answer = await send(tagless, since("Sun, 06 Nov 1994 08:49:37 GMT"));
  assert.deepEqual(answer.headers, response.headers, "without a tag the date stays");
});

test("wrong options are refused when it is made", () => {
  for (const options of [{ weak: "yes" }, { strong: true }, 7]) {
    assert.throws(
      () => conditional(options as ConditionalOptions),
      (error: ApusError) => error.code === "APUS_BAD_OPTION",
    );
  }
});
