/** docs/load-shedding.md, run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./load-shedding.ts";

test("two are handled, one waits, the others are refused at once", async () => {
  await using client = await testClient(app);
  const answers = await Promise.all(["a", "b", "c", "d", "e"].map((name) => client.fetch(`/reports/${name}`)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 503, 503],
  );
  assert.equal(answers[3]?.headers.get("retry-after"), "1");
  assert.equal((await client.fetch("/reports/f")).status, 200);
});
