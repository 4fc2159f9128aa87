/** The first example of README, run as a program and asked over HTTP. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import type * as api from "./first.ts";
import { app } from "./first.ts";

describe("README", () => {
  test("the first example answers, refuses and describes itself", async () => {
    await using client = await testClient<typeof api>(app, { socket: true });
    const answer = await client.get("/wait/{seconds:int}", { path: { seconds: 0 } });
    assert.deepEqual(answer, { message: "Waited for 0 seconds!" });
    const refused = await client.fetch("/wait/abc");
    assert.equal(refused.status, 422);
    assert.deepEqual(await refused.json(), {
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
      detail: "The request has 1 issue.",
      errors: [{ in: "path", pointer: "/seconds", code: "converter", message: "must be an integer" }],
    });
    assert.equal((await client.fetch("/docs")).status, 200);
  });

  test("a wait ends when its client leaves", async () => {
    await using client = await testClient<typeof api>(app, { socket: true });
    const left = client.get("/wait/{seconds:int}", { path: { seconds: 60 }, signal: AbortSignal.timeout(50) });
    await assert.rejects(left, { name: "TimeoutError" });
  });
});
