/** checkPrecondition(): when a change may be made. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { plainRequest } from "../../test/journey/plain-request.ts";
import { checkPrecondition, type CurrentState } from "./precondition.ts";

function statusOf(headers: Record<string, string>, current: CurrentState, method = "PUT"): number {
  try {
    checkPrecondition(plainRequest("/", { method, headers }), current);
    return 200;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
}

const lastModified = new Date("1994-11-06T08:49:37.900Z");
const at = "Sun, 06 Nov 1994 08:49:37 GMT";
const before = "Sun, 06 Nov 1994 08:49:36 GMT";

test("If-Match compares strongly", () => {
  const current = { etag: '"a"' };
  assert.equal(statusOf({}, current), 200);
  assert.equal(statusOf({ "if-match": '"a"' }, current), 200);
  assert.equal(statusOf({ "if-match": '"b", "a"' }, current), 200);
  assert.equal(statusOf({ "if-match": "*" }, current), 200);
  assert.equal(statusOf({ "if-match": '"b"' }, current), 412);
  assert.equal(statusOf({ "if-match": 'W/"a"' }, current), 412);
  assert.equal(statusOf({ "if-match": "a" }, current), 412);
  assert.equal(statusOf({ "if-match": "" }, current), 412);
  assert.equal(statusOf({ "if-match": 'W/"a"' }, { etag: 'W/"a"' }), 412);
  assert.equal(statusOf({ "if-match": 'W/"a"' }, { etag: '"a"', weak: true }), 200);
  assert.equal(statusOf({ "if-match": 'W/"b"' }, { etag: '"a"', weak: true }), 412);
});

test("what does not exist matches nothing", () => {
  assert.equal(statusOf({ "if-match": "*" }, {}), 412);
  assert.equal(statusOf({ "if-match": '"a"' }, {}), 412);
  assert.equal(statusOf({ "if-match": "*" }, { lastModified }), 200);
  assert.equal(statusOf({ "if-none-match": "*" }, {}), 200);
});

test("If-None-Match keeps from overwriting, and on reads is not asked", () => {
  assert.equal(statusOf({ "if-none-match": "*" }, { etag: '"a"' }), 412);
  assert.equal(statusOf({ "if-none-match": 'W/"a"' }, { etag: '"a"' }), 412);
  assert.equal(statusOf({ "if-none-match": '"b"' }, { etag: '"a"' }), 200);
  assert.equal(statusOf({ "if-match": '"a"', "if-none-match": '"a"' }, { etag: '"a"' }), 412);
  assert.equal(statusOf({ "if-none-match": "*" }, { etag: '"a"' }, "GET"), 200);
});

test("If-Unmodified-Since counts whole seconds, and only without If-Match", () => {
  assert.equal(statusOf({ "if-unmodified-since": at }, { lastModified }), 200);
  assert.equal(statusOf({ "if-unmodified-since": before }, { lastModified }), 412);
  assert.equal(statusOf({ "if-unmodified-since": "never" }, { lastModified }), 200);
  assert.equal(statusOf({ "if-unmodified-since": before }, { etag: '"a"' }), 200);
  assert.equal(statusOf({ "if-match": '"a"', "if-unmodified-since": before }, { etag: '"a"', lastModified }), 200);
});

test("a condition may be required", () => {
  const current = { etag: '"a"', required: true };
  assert.equal(statusOf({}, current), 428);
  assert.equal(statusOf({ "if-match": '"a"' }, current), 200);
  assert.equal(statusOf({ "if-none-match": "*" }, { required: true }), 200);
  assert.equal(statusOf({ "if-unmodified-since": at }, { lastModified, required: true }), 200);
});

test("a tag without quotes is the developer's mistake", () => {
  assert.throws(
    () => statusOf({ "if-match": '"a"' }, { etag: "a" }),
    (error: ApusError) => error.code === "APUS_BAD_OPTION" && /etag: "a".*double quotes/.test(error.message),
  );
});
