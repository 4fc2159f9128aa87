/** Which request targets and authorities are accepted. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError } from "../errors/http-error.ts";
import { isAuthority, parseTarget } from "./request-target.ts";

test("the forms of a target", () => {
  assert.deepEqual(parseTarget("/a%2F/..?b?c", "GET"), { path: "/a%2F/..", query: "b?c", authority: undefined });
  assert.deepEqual(parseTarget("//a/b", "GET"), { path: "//a/b", query: "", authority: undefined });
  assert.deepEqual(parseTarget("HTTP://a:80/b?c", "GET"), { path: "/b", query: "c", authority: "a:80" });
  assert.deepEqual(parseTarget("https://[::1]?c", "GET"), { path: "/", query: "c", authority: "[::1]" });
  assert.deepEqual(parseTarget("*", "OPTIONS"), { path: "*", query: "", authority: undefined });
});

test("anything else is a 400, a tunnel a 501", () => {
  const targets = ["", "a", "?a", "*", "#", "/#", "/a b", "/\u00e9", "/\u007f", "http://", "http:///a", "http://:80/"];
  for (const target of [...targets, "http://u@a/", "http://a:b/", "http:/a", "ftp://a/", "@a", "http://a\\b/"]) {
    assert.throws(
      () => parseTarget(target, "GET"),
      (error) => error instanceof HttpError && error.status === 400,
      target,
    );
  }
  assert.throws(() => parseTarget("a:80", "CONNECT"), { status: 501 });
});

test("authorities are a host and an optional port", () => {
  const good = [
    "",
    "a",
    "a.example.",
    "a_b-c~",
    "127.0.0.1",
    "a:80",
    "a:",
    "[::1]",
    "[::ffff:1.2.3.4]:65535",
    "%41",
    "a,b",
  ];
  for (const text of good) assert.ok(isAuthority(text), text);
  const bad = [
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "u@a",
    "a:b",
    "a:65536",
    "a:000080",
    "a:80:80",
    "[::1",
    "[]",
    "[a]",
    "[::1]b",
  ];
  for (const text of [...bad, "[fe80::1%25eth0]", "%4", "%zz", "a\\b", '"a"', "\u00e9", "<a>"])
    assert.ok(!isAuthority(text), text);
});
