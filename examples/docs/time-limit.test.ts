/** docs/time-limit.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testClient } from "apus/testing";
import { app, lateErrors } from "./time-limit.ts";

describe("docs/time-limit.md", () => {
  test("503 after the time, and the handler's work stops", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/report");
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { detail: string }).detail, "There was no answer within 100 ms.");
    assert.deepEqual(lateErrors, []);
  });

  test("errors that come later are told", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/late")).status, 503);
    for (let turn = 0; turn < 400 && lateErrors.length === 0; turn += 1) await sleep(5);
    assert.equal(lateErrors.length, 1);
  });
});
