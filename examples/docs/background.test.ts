/** docs/background.md, run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import { app, mailed } from "./background.ts";

test("the mail is sent after the answer, before the app has stopped", async () => {
  {
    await using client = await testClient(app);
    const answer = await client.fetch("/signup", {
      method: "POST",
      body: JSON.stringify({ email: "ada@example.com" }),
      headers: { "content-type": "application/json" },
    });
    assert.equal(answer.status, 202);
    assert.deepEqual(mailed, []);
  }
  assert.deepEqual(mailed, ["ada@example.com"]);
});

test("a route's time limit", async () => {
  await using client = await testClient(app);
  assert.equal((await client.fetch("/report")).status, 503);
});
