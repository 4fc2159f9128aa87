/** Tests of the `forwarded` field: its grammar, and fields that hide who wrote what. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseForwarded } from "./parse-forwarded.ts";

function parse(field: string): readonly Record<string, string>[] | undefined {
  return parseForwarded(field)?.map((element) => Object.fromEntries(element));
}

test("the examples of RFC 7239", () => {
  assert.deepEqual(parse('for="_gazonk"'), [{ for: "_gazonk" }]);
  assert.deepEqual(parse('For="[2001:db8:cafe::17]:4711"'), [{ for: "[2001:db8:cafe::17]:4711" }]);
  assert.deepEqual(parse("for=192.0.2.60;proto=http;by=203.0.113.43"), [
    { for: "192.0.2.60", proto: "http", by: "203.0.113.43" },
  ]);
  assert.deepEqual(parse("for=192.0.2.43, for=198.51.100.17"), [{ for: "192.0.2.43" }, { for: "198.51.100.17" }]);
});

test("quoted text may hold what separates, and escapes", () => {
  assert.deepEqual(parse('for="a, b;c=\\"d\\\\";host="x:80"'), [{ for: 'a, b;c="d\\', host: "x:80" }]);
});

test("space and empty members do not count, and common slips of proxies are read", () => {
  assert.deepEqual(parse(" , for=a ; proto=http ,, ;for=b,"), [{ for: "a", proto: "http" }, { for: "b" }]);
  assert.deepEqual(parse("for=[::1]:80;host=a.com:8080"), [{ for: "[::1]:80", host: "a.com:8080" }]);
  assert.deepEqual(parse(""), []);
});

test("170: a field that could hide the proxy's part in the client's is malformed", () => {
  for (const field of [
    'for="evil, for=192.0.2.1',
    'for="evil, for="[2001:db8::1]"',
    "for=a for=b",
    "for=a;for=b",
    "for",
    "for=",
    "=a",
    "for =a",
    'for="a"b',
    'for="a\\',
    "for=a/b",
  ]) {
    assert.equal(parseForwarded(field), undefined, field);
  }
});

test("names from a client are names, not members", () => {
  assert.deepEqual(parseForwarded("__proto__=a;constructor=b")?.[0]?.get("__proto__"), "a");
  assert.equal(parseForwarded("__proto__=a")?.[0]?.get("for"), undefined);
});

test("132 CVE-2025-25200: 100 KB of spaces take linear time", () => {
  const spaces = " ".repeat(100_000);
  assert.equal(parseForwarded(`for=a${spaces}b`), undefined);
  assert.equal(parseForwarded(`for=a${spaces},${spaces}for=b`)?.length, 2);
  assert.equal(parseForwarded(`for="${spaces}`), undefined);
});
