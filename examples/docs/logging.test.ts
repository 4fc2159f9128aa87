/** docs/logging.md, run. */

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import { app, lines } from "./logging.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

beforeEach(() => {
  lines.length = 0;
});

describe("docs/logging.md", () => {
  test("every line of a request carries its id, method, route and trace", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/charges/7?token=abc&page=2", {
      method: "POST",
      headers: { "x-request-id": "order-17", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    assert.equal(answer.headers.get("x-request-id"), "order-17");
    const [own, request] = lines;
    const common = { level: "info", requestId: "order-17", method: "POST", route: "/charges/{id:int}", traceId };
    assert.deepEqual(own, { ...common, message: "Charged", charge: 7 });
    assert.ok(request);
    const { duration, ...rest } = request;
    assert.deepEqual(rest, { ...common, message: "POST /charges/7?token=[redacted]&page=2 200", status: 200 });
    assert.equal(typeof duration, "number");
  });

  test("a request id that could forge a log line is replaced", async () => {
    await using client = await testClient(app);
    const answer = await client.fetch("/charges/7", { method: "POST", headers: { "x-request-id": "a b; c" } });
    assert.match(answer.headers.get("x-request-id") ?? "", /^[A-Za-z0-9-]{12}\.[0-9a-z]+$/);
  });

  test("the built-in logger writes a JSON line and redacts", async () => {
    const written: string[] = [];
    const write = mock.method(process.stdout, "write", (text: string) => written.push(text) > 0);
    const loud = new App({ log: { pretty: false, requests: false } });
    loud.log.info("Signed in", { user: "ada", password: "s3cret", nested: { apiKey: "k" } });
    loud.log.debug("Not at this level");
    write.mock.restore();
    assert.equal(written.length, 1);
    const { time, ...line } = JSON.parse(written[0] ?? "") as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-/);
    assert.deepEqual(line, {
      level: "info",
      message: "Signed in",
      user: "ada",
      password: "[redacted]",
      nested: { apiKey: "[redacted]" },
    });
  });
});
