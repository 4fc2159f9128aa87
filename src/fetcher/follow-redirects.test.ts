/** The next hop: its method, its fields, its content, and what is not followed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { followRedirect, isRedirect, type HopRequest } from "./follow-redirects.ts";
import { UpstreamError } from "./upstream-error.ts";

const refuse = (reason: string): UpstreamError =>
  new UpstreamError("redirect", { upstream: "x", cause: new Error(reason) });
const headers = new Map([
  ["accept", "*/*"],
  ["authorization", "Bearer t"],
  ["content-type", "text/plain"],
  ["x-api-key", "k"],
]);

const follow = (
  method: string,
  status: number,
  changes: Partial<HopRequest> & { readonly location?: string },
): HopRequest => {
  const { location = "/new", ...rest } = changes;
  const url = new URL("https://a.example/old");
  const request = { url, method, headers, hasContent: method !== "GET" && method !== "HEAD", isRepeatable: true };
  return followRedirect({ ...request, ...rest }, { status, location }, refuse);
};

test("methods, as browsers change them", () => {
  const after = (method: string, status: number): string => follow(method, status, {}).method;
  assert.deepEqual(
    [301, 302, 303, 307, 308].map((status) => after("POST", status)),
    ["GET", "GET", "GET", "POST", "POST"],
  );
  assert.deepEqual(
    [301, 302, 303, 307, 308].map((status) => after("PUT", status)),
    ["PUT", "PUT", "GET", "PUT", "PUT"],
  );
  assert.deepEqual(
    [301, 303, 308].map((status) => after("HEAD", status)),
    ["HEAD", "HEAD", "HEAD"],
  );
  assert.deepEqual([200, 300, 301, 302, 303, 304, 305, 307, 308].filter(isRedirect), [301, 302, 303, 307, 308]);
});

test("fields: all within the origin, those of content with it, and no credential elsewhere", () => {
  const names = (hop: HopRequest): readonly string[] => [...hop.headers.keys()];
  assert.deepEqual(names(follow("PUT", 307, {})), ["accept", "authorization", "content-type", "x-api-key"]);
  assert.deepEqual(names(follow("POST", 303, {})), ["accept", "authorization", "x-api-key"]);
  for (const location of [
    "https://b.example/",
    "https://a.example:444/",
    "//b.example",
    "https://a.example.b.example/",
  ]) {
    assert.deepEqual(names(follow("GET", 302, { location })), ["accept"]);
  }
});

test("what is not followed", () => {
  for (const location of [
    "http://a.example/",
    "ftp://a.example/",
    "javascript:0",
    "https://u:p@a.example/",
    "https://[",
    "",
  ]) {
    if (location === "") assert.equal(follow("GET", 302, { location }).url.href, "https://a.example/old");
    else assert.throws(() => follow("GET", 302, { location }), UpstreamError);
  }
  assert.throws(() => follow("POST", 307, { location: "https://b.example/" }), UpstreamError);
  assert.throws(() => follow("PUT", 307, { isRepeatable: false }), UpstreamError);
  assert.equal(
    follow("PUT", 303, { isRepeatable: false, location: "https://b.example/#x" }).url.href,
    "https://b.example/",
  );
});
