/** docs/rate-limit.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, createSharedStore } from "./rate-limit.ts";

describe("docs/rate-limit.md", () => {
  test("fields tell what is left, 429 when to come back", async () => {
    await using client = await testClient(app);
    const login = (user: string): Promise<Response> =>
      client.fetch("/logins", { method: "POST", headers: { "x-user": user } });
    const first = await login("a");
    assert.equal(first.status, 204);
    assert.match(first.headers.get("ratelimit") ?? "", /^"login";r=1;t=\d+, "default";r=99;t=\d+$/);
    assert.equal(first.headers.get("ratelimit-policy"), '"login";q=2;w=900, "default";q=100;w=60');
    await login("a");
    const refused = await login("a");
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    assert.equal(refused.headers.get("content-type"), "application/problem+json");
    assert.equal((await login("b")).status, 204);
  });

  test("a store of one's own", async () => {
    const asked: unknown[] = [];
    const store = createSharedStore(
      {
        async run(script, key, words) {
          asked.push(script, key, words);
          return [0, 0, 900, 100];
        },
      },
      "script",
    );
    const verdict = await store.take("a", { algorithm: "sliding-window", limit: 5, window: 1_000 });
    assert.deepEqual(verdict, { allowed: false, remaining: 0, resetAfter: 900, retryAfter: 100 });
    assert.deepEqual(asked, ["script", "a", [5, 1_000]]);
  });
});
