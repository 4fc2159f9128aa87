/** docs/cors.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, open, tenants } from "./cors.ts";

describe("docs/cors.md", () => {
  test("listed origins may read every answer, errors too", async () => {
    await using client = await testClient(app);
    for (const path of ["/items", "/nothing"]) {
      const answer = await client.fetch(path, { headers: { origin: "https://shop.example" } });
      assert.equal(answer.headers.get("access-control-allow-origin"), "https://shop.example");
      assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
      assert.equal(answer.headers.get("vary"), "Origin");
    }
    const refused = await client.fetch("/items", { headers: { origin: "https://other.example" } });
    assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [200, null]);
  });

  test("a preflight is answered with what is permitted", async () => {
    await using client = await testClient(app);
    const headers = {
      origin: "https://shop.example",
      "access-control-request-method": "DELETE",
      "access-control-request-headers": "x-reason",
    };
    const answer = await client.fetch("/items", { method: "OPTIONS", headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("access-control-allow-methods"), "GET, HEAD, POST, PUT, PATCH, DELETE, QUERY");
    assert.equal(answer.headers.get("access-control-allow-headers"), "x-reason");
    assert.equal(answer.headers.get("access-control-max-age"), "600");
  });

  test("everybody may read, and no cache has to keep answers apart", async () => {
    await using client = await testClient(open);
    const answer = await client.fetch("/items");
    assert.deepEqual([answer.headers.get("access-control-allow-origin"), answer.headers.get("vary")], ["*", null]);
  });

  test("a function decides", async () => {
    await using client = await testClient(tenants);
    const read = async (origin: string): Promise<string | null> =>
      (await client.fetch("/items", { headers: { origin } })).headers.get("access-control-allow-origin");
    assert.equal(await read("https://lamps.shop.example"), "https://lamps.shop.example");
    assert.equal(await read("https://evil.example"), null);
    assert.equal(await read("null"), null);
  });
});
