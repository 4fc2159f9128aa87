/** docs/middleware.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./middleware.ts";

describe("docs/middleware.md", () => {
  test("the app's middleware wraps every answer, errors too", async () => {
    await using client = await testClient(app);
    for (const path of ["/", "/nothing", "/internal/stats", "/maintenance", "/health"]) {
      assert.match((await client.fetch(path)).headers.get("server-timing") ?? "", /^app;dur=/, path);
    }
  });

  test("a router's middleware wraps its routes and nothing else", async () => {
    await using client = await testClient(app);
    const refused = await client.fetch("/internal/stats");
    assert.equal(refused.status, 401);
    assert.equal(((await refused.json()) as { detail: string }).detail, "An API key is needed.");
    const headers = { "x-api-key": "opensesame" };
    assert.deepEqual(await (await client.fetch("/internal/stats", { headers })).json(), { requests: 7 });
    assert.equal((await client.fetch("/internal/stats", { method: "HEAD" })).status, 401);
    assert.equal((await client.fetch("/internal/nothing")).status, 404);
  });

  test("a middleware may answer itself", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/maintenance");
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "120"]);
  });
});
