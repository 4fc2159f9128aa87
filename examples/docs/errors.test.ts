/** docs/errors.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import type * as api from "./errors.ts";
import { app, lines } from "./errors.ts";
import type { Line } from "./logging.ts";

function errorOf(line: Line | undefined): Error {
  assert.ok(line?.["error"] instanceof Error);
  return line["error"];
}

describe("docs/errors.md", () => {
  test("a declared error is typed and stripped", async () => {
    await using client = await testClient<typeof api>(app);
    // #region outcome
    const outcome = await client.post.outcome("/orders", { body: { amount: 5 } });
    assert.equal(outcome.ok, false);
    if (outcome.status === 409) assert.equal(outcome.problem.left, 3); // a number, as declared
    // #endregion outcome
    assert.deepEqual(outcome.problem, {
      type: "about:blank",
      title: "Conflict",
      status: 409,
      detail: "There are only 3.",
      left: 3,
    });
    assert.equal(outcome.response.headers.get("content-type"), "application/problem+json");
  });

  test("the cause of an error reaches the log and not the client", async () => {
    await using client = await testClient(app);
    lines.length = 0;
    const answer = await client.fetch("/report");
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [502, "30"]);
    assert.equal((await answer.text()).includes("10.0.0.7"), false);
    const [line] = lines;
    assert.equal(line?.level, "error");
    assert.match(String(errorOf(line).cause), /10\.0\.0\.7/);
  });

  test("a handler answers for its class", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/payments", { method: "POST" });
    assert.deepEqual(
      [answer.status, await answer.json()],
      [402, { title: "Payment refused", status: 402, reason: "card expired" }],
    );
  });

  test("any other error is a 500 without detail, and one log line", async () => {
    await using client = await testClient(app);
    lines.length = 0;
    const answer = await client.fetch("/bug");
    assert.deepEqual(await answer.json(), { type: "about:blank", title: "Internal Server Error", status: 500 });
    assert.equal(lines.length, 1);
    assert.match(errorOf(lines[0]).message, /a secret detail/);
  });

  test("a 404 of development names the nearest route", async () => {
    await using client = await testClient(app);
    const problem = (await (await client.fetch("/order")).json()) as { detail: string };
    assert.equal(problem.detail, "No route has this path; the nearest is /orders.");
  });
});
