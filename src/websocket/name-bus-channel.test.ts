/** Names of channels as servers know them: short, plain, and never the same for two. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBusPrefix, nameBusChannel } from "./name-bus-channel.ts";

test("plain names stay as they are, all others are hashed", () => {
  assert.equal(nameBusChannel("apus:", "news:de/1_a.b-C"), "apus:news:de/1_a.b-C");
  assert.equal(nameBusChannel("apus:", "x".repeat(58)), `apus:${"x".repeat(58)}`);
  for (const name of [
    "x".repeat(59),
    'a"b',
    "a b",
    "ä",
    "a\u0000",
    "a\n",
    "\ud800",
    "#",
    "a;b",
    "😀",
    "x".repeat(1e6),
  ]) {
    assert.match(nameBusChannel("apus:", name), /^apus:#[\w-]{43}$/);
  }
});

test("different names differ", () => {
  const names = [
    "a",
    "A",
    "\ud800",
    "\udc00",
    "\ufffd",
    "a\u0000",
    "a\n",
    "a ",
    "x".repeat(59),
    "x".repeat(60),
    "é",
    "e\u0301",
  ];
  const once = names.map((name) => nameBusChannel("apus:", name));
  const twice = once.map((name) => nameBusChannel("apus:", name));
  assert.equal(new Set([...once, ...twice]).size, names.length * 2);
});

test("refuses prefixes that could not stand in a name", () => {
  for (const prefix of ["", "shop:", "x".repeat(16)]) checkBusPrefix("redisBus({ prefix })", prefix);
  for (const prefix of ["#", "a b", 'a"', "x".repeat(17), 1, null]) {
    assert.throws(() => checkBusPrefix("redisBus({ prefix })", prefix), { code: "APUS_BAD_OPTION" });
  }
});
