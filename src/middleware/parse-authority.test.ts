/** Tests of hosts: one spelling each, and everything that only looks like one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAuthority } from "./parse-authority.ts";

test("a host can be compared, whatever it was written like", () => {
  for (const [text, host, port] of [
    ["example.com", "example.com", ""],
    ["EXAMPLE.com.:8080", "example.com", "8080"],
    ["example.com:", "example.com", ""],
    ["my_service-1", "my_service-1", ""],
    ["127.0.0.1:80", "127.0.0.1", "80"],
    ["[::1]", "[::1]", ""],
    ["[2001:DB8:0:0::1]:443", "[2001:db8::1]", "443"],
  ] as const) {
    assert.deepEqual(parseAuthority(text), { host, port }, text);
  }
});

test("what is no host is none", () => {
  for (const text of [
    "",
    ".",
    ":80",
    "a..b",
    ".a",
    "a.com..",
    "a.com:b",
    "a.com:99999",
    "a.com:80:80",
    "a.com, b.com",
    "user@a.com",
    "a%2ecom",
    "a.com/b",
    "a.com\\b",
    "a b",
    "bücher.example",
    "::1",
    "[::1",
    "[::1]a",
    "[::1]]",
    "[fe80::1%eth0]",
    "[1.2.3.4]",
    `${"a".repeat(300)}.com`,
  ]) {
    assert.equal(parseAuthority(text), undefined, text);
  }
});
