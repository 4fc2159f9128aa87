/** What log lines look like, and what never gets into them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createConsoleWriter } from "./console-writer.ts";
import { createLogger, type Logger } from "./logger.ts";
import { redactQuery } from "./redact.ts";

function capture(pretty: boolean): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  return { log: createLogger(createConsoleWriter({ stream, pretty }), "debug"), lines };
}

test("JSON: one line a record, with the fields of the child it came from", () => {
  const { log, lines } = capture(false);
  log.child({ requestId: "a" }).info("hello\nworld", { count: 1, big: 5n });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^[^\n]*\n$/);
  const { time, ...rest } = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  assert.ok(!Number.isNaN(Date.parse(time as string)));
  assert.deepEqual(rest, { level: "info", message: "hello\nworld", requestId: "a", count: 1, big: "5" });
});

test("secrets are redacted by name at any depth, in both forms", () => {
  for (const pretty of [false, true]) {
    const { log, lines } = capture(pretty);
    log.info("x", {
      authorization: "s3cr3t",
      user: { password: "s3cr3t", apiKey: "s3cr3t", nested: [{ refresh_token: "s3cr3t" }] },
      headers: { "Set-Cookie": "s3cr3t" },
    });
    assert.doesNotMatch(lines.join(""), /s3cr3t/);
    assert.match(lines.join(""), /redacted/);
  }
});

test("values under secret names are taken out of a query string", () => {
  assert.equal(redactQuery("a=1&access_token=xyz&b"), "a=1&access_token=[redacted]&b");
  assert.equal(redactQuery(""), "");
});

test("control characters of strangers do not reach the terminal", () => {
  const { log, lines } = capture(true);
  log.info("GET /\u001b[31mred", { path: "\u001b]0;title\u0007", error: new Error("bad \u001b[2J") });
  // oxlint-disable-next-line no-control-regex -- colours of our own are taken out first
  const text = lines.join("").replace(/\u001b\[\d+m/g, "");
  // oxlint-disable-next-line no-control-regex -- what must not be left
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
  assert.match(text, /\\x1b/);
});

test("errors keep their stack and causes; deep and circular values end", () => {
  const { log, lines } = capture(false);
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  log.error("failed", { error: new Error("outer", { cause: new TypeError("inner") }), circular });
  const { error } = JSON.parse(lines[0] ?? "") as {
    error: { stack: string; cause: { name: string; message: string } };
  };
  assert.match(error.stack, /console-writer\.test\.ts/);
  assert.equal(error.cause.name, "TypeError");
  assert.equal(error.cause.message, "inner");
});

test("records below the level are not written", () => {
  const records: string[] = [];
  const log = createLogger(({ message }) => records.push(message), "warn");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assert.deepEqual(records, ["c", "d"]);
});
