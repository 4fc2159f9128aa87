/** docs/idempotency.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, charges } from "./idempotency.ts";

describe("docs/idempotency.md", () => {
  test("a repeated request is one charge", async () => {
    await using client = await testClient(app);
    const charge = (key: string, cents: number): Promise<Response> =>
      client.fetch("/charges", {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ cents }),
      });
    const first = await charge("b7a1", 500);
    assert.deepEqual([first.status, await first.json()], [201, { charge: 1 }]);
    const second = await charge("b7a1", 500);
    assert.deepEqual([second.status, await second.json()], [201, { charge: 1 }]);
    assert.equal(second.headers.get("idempotent-replayed"), "true");
    assert.equal((await charge("b7a1", 700)).status, 422);
    assert.equal((await charge("two words", 500)).status, 400);
    assert.deepEqual(charges, [500]);
  });
});
