/** docs/compression.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./compression.ts";

const headers = { "accept-encoding": "gzip, br" };

describe("docs/compression.md", () => {
  test("answers are compressed, and clients read them as ever", async () => {
    await using client = await testClient(app, { socket: true });
    const answer = await client.fetch("/birds", { headers });
    assert.equal(answer.headers.get("content-encoding"), "br");
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
    assert.match(answer.headers.get("etag") ?? "", /^W\//);
    assert.equal(((await answer.json()) as unknown[]).length, 100);
  });

  test("what the filter leaves out is not", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/account", { headers });
    assert.equal(answer.headers.get("content-encoding"), null);
    assert.equal(((await answer.json()) as { token: string }).token, "t-4711");
  });

  test("events are compressed, too", async () => {
    await using client = await testClient(app, { socket: true });
    const answer = await client.fetch("/events", { headers });
    assert.equal(answer.headers.get("content-encoding"), "br");
    assert.equal(await answer.text(), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
  });
});
