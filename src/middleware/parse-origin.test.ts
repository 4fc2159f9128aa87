/** Tests of origins: one spelling each, and everything that only looks like one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOrigin } from "./parse-origin.ts";

test("origins are written in one way", () => {
  for (const [text, origin] of [
    ["https://example.com", "https://example.com"],
    ["HTTPS://Example.COM:443", "https://example.com"],
    ["http://localhost:80", "http://localhost"],
    ["http://localhost:5173", "http://localhost:5173"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["http://[0:0::1]:8080", "http://[::1]:8080"],
    ["capacitor://LocalHost", "capacitor://localhost"],
    ["chrome-extension://abcdef", "chrome-extension://abcdef"],
  ] as const) {
    assert.equal(parseOrigin(text), origin, text);
  }
});

test("what is no origin is none", () => {
  for (const text of [
    "",
    "null",
    "*",
    "example.com",
    "//example.com",
    "https://",
    "https://example.com/",
    "https://example.com/path",
    "https://example.com?a",
    "https://example.com#a",
    "https://user@example.com",
    "https://*.example.com",
    "https://a.example, https://b.example",
    "https://a.example,https://b.example",
    "https://exa mple.com",
    "https://example.com\\.evil.example",
    "https://example.com:99999",
    "https://[::1",
    "app://host/path",
    " https://example.com",
  ]) {
    assert.equal(parseOrigin(text), undefined, text);
  }
});
