/** docs/conditional.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./conditional.ts";

describe("docs/conditional.md", () => {
  test("who has the answer gets a 304", async () => {
    await using client = await testClient(app);
    for (const path of ["/notes", "/notes/1"]) {
      const first = await client.fetch(path);
      const headers = { "if-none-match": first.headers.get("etag") ?? assert.fail(path) };
      const second = await client.fetch(path, { headers });
      assert.deepEqual([second.status, await second.text()], [304, ""]);
    }
  });

  test("a change needs the tag of what is there", async () => {
    await using client = await testClient(app);
    const put = async (headers: Record<string, string>): Promise<number> => {
      const all = { ...headers, "content-type": "application/json" };
      return (await client.fetch("/notes/1", { method: "PUT", headers: all, body: '{"text":"b"}' })).status;
    };
    assert.equal(await put({}), 428);
    assert.equal(await put({ "if-match": '"v0"' }), 412);
    assert.equal(await put({ "if-match": '"v1"' }), 200);
    assert.equal(await put({ "if-match": '"v1"' }), 412);
  });
});
