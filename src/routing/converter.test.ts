/** Tests of the built-in converters: what each takes, what it gives, and that format and parse are inverse. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { builtinConverters, type Converter } from "./converter.ts";

function converter(name: string): Converter {
  const found = builtinConverters.get(name);
  assert.ok(found, name);
  return found;
}

const id = "0189D5B4-1F6E-7C3A-9B2D-4E5F60718293";

const taken: readonly [name: string, text: string, value: unknown][] = [
  ["str", "a", "a"],
  ["str", "a/b", "a/b"],
  ["str", " ", " "],
  ["int", "0", 0],
  ["int", "-0", 0],
  ["int", "-12", -12],
  ["int", "007", 7],
  ["int", "9007199254740991", 9007199254740991],
  ["int", "-9007199254740991", -9007199254740991],
  ["float", "1", 1],
  ["float", "-1.50", -1.5],
  ["float", "1e3", 1000],
  ["float", "1.5E-7", 1.5e-7],
  ["uuid", id, id.toLowerCase()],
  ["uuid", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"],
  ["path", "a/b//c", "a/b//c"],
];

const refused: readonly [name: string, ...texts: string[]][] = [
  ["str", ""],
  [
    "int",
    "",
    "-",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "1 ",
    "1\n",
    "0x1",
    "1_0",
    "٣",
    "9007199254740992",
    "-9007199254740992",
    "--1",
    "1-",
    "1:",
    "1/",
    "1".repeat(8000),
  ],
  [
    "float",
    "",
    ".",
    "1.",
    ".5",
    "-",
    "+1",
    " 1",
    "1 ",
    "1\n",
    "0x1",
    "Infinity",
    "NaN",
    "1e999",
    "1e",
    "9".repeat(400),
  ],
  ["uuid", "", "x", id.slice(1), `${id}0`, id.replaceAll("-", ""), `{${id}}`, `${id}\n`, id.replace("0", "g")],
  ["path", ""],
];

test("each converter takes its texts", () => {
  for (const [name, text, value] of taken) assert.equal(converter(name).parse(text), value, `${name} ${text}`);
});

test("each converter refuses other texts", () => {
  for (const [name, ...texts] of refused) {
    for (const text of texts) assert.equal(converter(name).parse(text), undefined, `${name} ${text.slice(0, 40)}`);
  }
});

test("format refuses values of another kind", () => {
  const values: readonly [name: string, ...values: unknown[]][] = [
    ["str", "", 1, undefined, null, "\ud800", {}],
    ["int", 1.5, "1", NaN, Infinity, 2 ** 53, 1n],
    ["float", NaN, -Infinity, "1", 1n],
    ["uuid", "x", 1, null],
    ["path", "", [], "\udc00"],
  ];
  for (const [name, ...misfits] of values) {
    for (const value of misfits) assert.equal(converter(name).format(value), undefined, name);
  }
});

test("parse is the inverse of format", () => {
  const values: readonly [name: string, values: fc.Arbitrary<unknown>][] = [
    ["str", fc.string({ unit: "binary", minLength: 1 })],
    ["int", fc.maxSafeInteger()],
    ["float", fc.double({ noDefaultInfinity: true, noNaN: true })],
    ["uuid", fc.uuid()],
    ["path", fc.string({ unit: "binary", minLength: 1 })],
  ];
  for (const [name, arbitrary] of values) {
    const one = converter(name);
    fc.assert(fc.property(arbitrary, (value) => assert.equal(one.parse(one.format(value) ?? ""), value)));
  }
});

test("no text makes a converter throw", () => {
  for (const one of builtinConverters.values()) {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void one.parse(text)));
  }
});

test("each converter describes itself", () => {
  const schemas = [...builtinConverters].map(([name, { schema }]) => [name, schema]);
  assert.deepEqual(schemas, [
    ["str", { type: "string" }],
    ["int", { type: "integer" }],
    ["float", { type: "number" }],
    ["uuid", { type: "string", format: "uuid" }],
    ["path", { type: "string" }],
  ]);
});
