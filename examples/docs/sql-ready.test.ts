/** docs/app.md, its readiness checks run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import { app, warmCache } from "./sql-ready.ts";

test("an app is ready when its checks are well", async () => {
  {
    await using client = await testClient(app);
    const answer = await client.fetch("/ready");
    assert.equal(answer.status, 503);
    assert.deepEqual(await answer.json(), { status: "not ready", failed: ["cache"] });
  }
  warmCache();
  await using client = await testClient(app);
  const deadline = performance.now() + 10_000;
  while ((await client.fetch("/ready")).status !== 200) assert.ok(performance.now() < deadline);
});
