/** Tests of IP addresses: one spelling each, and the spellings that other frameworks fell to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress, parseNode } from "./network-address.ts";

test("172 hono edbf6eea, 48fa2233, CVE-2026-47674: an address has one spelling", () => {
  for (const [text, address] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::1", "::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8:0000::00fF", "2001:db8::ff"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::FFFF:7f00:1", "127.0.0.1"],
    ["0:0:0:0:0:ffff:10.1.2.3", "10.1.2.3"],
    ["::ffff:0:1", "0.0.0.1"],
  ] as const) {
    assert.equal(parseAddress(text), address, text);
  }
});

test("172: what is no address is none", () => {
  for (const text of [
    "",
    "1.2.3.999",
    "1.2.3",
    "010.0.0.1",
    "0x7f.1",
    "1.2.3.4 ",
    "localhost",
    "fe80::1%lo",
    "[::1]",
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test("a node may have a port, and no name", () => {
  for (const [text, address] of [
    ["192.0.2.1:4711", "192.0.2.1"],
    ["192.0.2.1:_hidden", "192.0.2.1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:80", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["unknown", undefined],
    ["_hidden", undefined],
    ["", undefined],
    ["[192.0.2.1]", undefined],
    ["[::1", undefined],
    ["[::1]80", undefined],
    ["192.0.2.1:", undefined],
    ["192.0.2.1:80:80", undefined],
  ] as const) {
    assert.equal(parseNode(text), address, text);
  }
});
