/** docs/csrf.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./csrf.ts";

// #region test
test("a logged-in user transfers money", async () => {
  await using client = await testClient(app, { headers: { "sec-fetch-site": "same-origin" } });
  const answer = await client.fetch("/transfers", { method: "POST", headers: { cookie: "session=secret" } });
  assert.equal(answer.status, 200);
});
// #endregion test

describe("docs/csrf.md", () => {
  test("the table", async () => {
    await using client = await testClient(app);
    const cookie = "session=secret";
    for (const [headers, status] of [
      [{ "sec-fetch-site": "same-origin", cookie }, 200],
      [{ "sec-fetch-site": "none", cookie }, 200],
      [{ "sec-fetch-site": "same-site", cookie }, 403],
      [{ "sec-fetch-site": "cross-site", cookie }, 403],
      [{ "sec-fetch-site": "cross-site", origin: "https://admin.example.com", cookie }, 200],
      [{ origin: "http://example.com", host: "example.com", cookie }, 200],
      [{ origin: "https://evil.example", host: "example.com", cookie }, 403],
      [{ origin: "null", host: "example.com", cookie }, 403],
      [{ cookie }, 403],
      [{ authorization: "Bearer token" }, 200],
    ] as const) {
      const answer = await client.fetch("/transfers", { method: "POST", headers });
      assert.equal(answer.status, status, JSON.stringify(headers));
    }
  });
});
