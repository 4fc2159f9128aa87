/** The head of an answer while it is being made: what replaces, what adds, and when it is over. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseHead } from "./response-head.ts";

test("a replaced cookie leaves no line of its name behind, and those of others alone", () => {
  const head = new ResponseHead();
  head.setCookie("session", "1");
  head.setCookie("session", "2", { path: "/admin" });
  head.setCookie("session2", "3");
  head.setHeader("x-note", "session=4");
  head.replaceCookie("session", "5", { maxAge: 60 });
  assert.deepEqual(head.close(), [
    ["set-cookie", "session2=3; Path=/; Secure; HttpOnly; SameSite=Lax"],
    ["x-note", "session=4"],
    ["set-cookie", "session=5; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"],
  ]);
});

test("a cookie that is refused replaces none", () => {
  const head = new ResponseHead();
  head.setCookie("session", "1");
  assert.throws(() => head.replaceCookie("session", "x".repeat(5000)), { code: "APUS_INVALID_HEADER" });
  assert.equal(head.close().length, 1);
});

test("a head that has left takes no cookie", () => {
  const head = new ResponseHead();
  head.close();
  assert.throws(() => head.replaceCookie("session", "1"), { code: "APUS_HEAD_SENT" });
});
