/** Tests of reading numbers and booleans from text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readBoolean, readInteger, readNumber } from "./coerce-text.ts";

test("reads decimal integers in the safe range", () => {
  const good: readonly [string, number][] = [
    ["0", 0],
    ["-0", 0],
    ["7", 7],
    ["-12", -12],
    ["007", 7],
    ["9007199254740991", 9007199254740991],
    ["-9007199254740991", -9007199254740991],
  ];
  for (const [text, value] of good) assert.ok(Object.is(readInteger(text), value), text);
  const bad = [
    "",
    "-",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "1 ",
    "0x10",
    "1_000",
    "٣",
    "1n",
    "--1",
    "NaN",
    "9007199254740992",
    "1".repeat(10_000),
  ];
  for (const text of bad) assert.equal(readInteger(text), undefined, text.slice(0, 20));
});

test("reads finite decimal numbers", () => {
  const good: readonly [string, number][] = [
    ["1", 1],
    ["-1.5", -1.5],
    ["0.1", 0.1],
    ["2e3", 2000],
    ["2E-3", 0.002],
    ["1.5e+2", 150],
    ["-0.0", 0],
    ["9007199254740993", 9007199254740992],
  ];
  for (const [text, value] of good) assert.ok(Object.is(readNumber(text), value), text);
  const bad = [
    "",
    "-",
    ".",
    ".5",
    "5.",
    "1e",
    "1e+",
    "e5",
    "Infinity",
    "-Infinity",
    "NaN",
    "0x10",
    "1e999",
    " 1",
    "1,5",
    "1.2.3",
    "１",
  ];
  for (const text of bad) assert.equal(readNumber(text), undefined, text);
});

test("reads booleans as forms and people write them", () => {
  for (const text of ["true", "TRUE", "1", "on", "On", "yes", "t", "y"]) assert.equal(readBoolean(text), true, text);
  for (const text of ["false", "False", "0", "off", "no", "f", "N"]) assert.equal(readBoolean(text), false, text);
  for (const text of ["", "2", "ja", "truee", " true", "constructor", "__proto__"])
    assert.equal(readBoolean(text), undefined, text);
});

test("property: numbers come back from their own text", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => Object.is(readInteger(String(value)), value === 0 ? 0 : value)),
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => readNumber(String(value)) === value),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const read of [readInteger, readNumber]) assert.ok(Number.isFinite(read(text) ?? 0));
    }),
  );
});
