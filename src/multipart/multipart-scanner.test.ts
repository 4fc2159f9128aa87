/** The scanner: what it cuts, in whatever pieces the bytes come, and what it refuses. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assert as check, property, array, nat, oneof, constantFrom, uint8Array } from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { maxHeaderBytes, MultipartScanner } from "./multipart-scanner.ts";

type Parts = readonly (readonly [header: string, data: string])[];

interface Scan {
  readonly parts: Parts;
  readonly isDone: boolean;
}

/** Everything that the scanner finds in these pieces, one character a byte. */
function scan(pieces: readonly Uint8Array[], boundary = "b"): Scan {
  const scanner = new MultipartScanner(boundary);
  const parts: [string, string][] = [];
  let isDone = false;
  for (const piece of pieces) {
    scanner.push(piece);
    for (let found = scanner.next(); found !== undefined; found = scanner.next()) {
      if (found.kind === "part") parts.push([Buffer.from(found.header).toString("latin1"), ""]);
      else if (found.kind === "end") isDone = true;
      else (parts.at(-1) as [string, string])[1] += Buffer.from(found.bytes).toString("latin1");
    }
  }
  assert.equal(scanner.isDone, isDone);
  return { parts, isDone };
}

const whole = (text: string, boundary?: string): Scan => scan([Buffer.from(text, "latin1")], boundary);
const bytewise = (text: string, boundary?: string): Scan =>
  scan(
    Array.from(Buffer.from(text, "latin1"), (byte) => Uint8Array.of(byte)),
    boundary,
  );

const forms: readonly (readonly [name: string, text: string, parts: Parts])[] = [
  [
    "two parts",
    "--b\r\nA: 1\r\n\r\none\r\n--b\r\nB: 2\r\n\r\ntwo\r\n--b--\r\n",
    [
      ["A: 1", "one"],
      ["B: 2", "two"],
    ],
  ],
  ["no line break at the end", "--b\r\nA: 1\r\n\r\none\r\n--b--", [["A: 1", "one"]]],
  ["no data", "--b\r\nA: 1\r\n\r\n\r\n--b--", [["A: 1", ""]]],
  [
    "no empty line before a delimiter (RFC 2046 §5.1.1)",
    "--b\r\nA: 1\r\n\r\n--b\r\nB: 2\r\n\r\n2\r\n--b--",
    [
      ["A: 1", ""],
      ["B: 2", "2"],
    ],
  ],
  ["no headers", "--b\r\n\r\none\r\n--b--", [["", "one"]]],
  ["several headers", "--b\r\nA: 1\r\nB: 2\r\n\r\none\r\n--b--", [["A: 1\r\nB: 2", "one"]]],
  ["no parts", "--b--\r\n", []],
  ["a preamble and an epilogue", "before\r\n--b\r\nA: 1\r\n\r\none\r\n--b--\r\n--b\r\nafter", [["A: 1", "one"]]],
  ["line breaks as a preamble", "\r\n\r\n\r\n--b\r\nA: 1\r\n\r\none\r\n--b--", [["A: 1", "one"]]],
  [
    "space behind delimiters",
    "--b \t\r\nA: 1\r\n\r\none\r\n--b  \r\nB: 2\r\n\r\n\r\n--b--",
    [
      ["A: 1", "one"],
      ["B: 2", ""],
    ],
  ],
  ["line breaks in the data", "--b\r\nA: 1\r\n\r\n\r\n\r\n\none\r\r\n\r\n--b--", [["A: 1", "\r\n\r\n\none\r\r\n"]]],
  [
    "what looks like a delimiter",
    "--b\r\nA: 1\r\n\r\n\r\n-\r\n--c--b\n--b\r--b\r\n--b--",
    [["A: 1", "\r\n-\r\n--c--b\n--b\r--b"]],
  ],
];

describe("forms in one piece and byte by byte", () => {
  for (const [name, text, parts] of forms) {
    test(name, () => {
      assert.deepEqual(whole(text), { parts, isDone: true });
      assert.deepEqual(bytewise(text), { parts, isDone: true });
    });
  }
});

test("a boundary of 70 characters, made of what its own beginning is made of", () => {
  const boundary = `${"-".repeat(69)}x`;
  const data = `\r\n--${"-".repeat(69)}\r\n----\r\n`;
  const text = `--${boundary}\r\nA: 1\r\n\r\n${data}\r\n--${boundary}--`;
  assert.deepEqual(whole(text, boundary), { parts: [["A: 1", data]], isDone: true });
  assert.deepEqual(bytewise(text, boundary), { parts: [["A: 1", data]], isDone: true });
});

test("a form without its end is not done", () => {
  const text = "--b\r\nA: 1\r\n\r\none\r\n--b--";
  for (let length = 0; length < text.length; length += 1) assert.equal(whole(text.slice(0, length)).isDone, false);
});

const refused: readonly (readonly [text: string, status: number])[] = [
  ["--bx\r\nA: 1\r\n\r\n\r\n--b--", 400],
  ["--b-\r\nA: 1\r\n\r\n\r\n--b--", 400],
  ["--b\nA: 1\n\n\n--b--", 400],
  ["--b\r\nA: 1\r\n\r\n1\r\n--b --", 400],
  [`--b\r\nA: ${"x".repeat(maxHeaderBytes)}\r\n\r\n\r\n--b--`, 413],
  [`--b\r\n${"A: 1\r\n".repeat(maxHeaderBytes)}`, 413],
];

for (const [text, status] of refused) {
  test(`${JSON.stringify(text.slice(0, 20))} of ${text.length} bytes is a ${status}`, () => {
    for (const run of [whole, bytewise]) {
      assert.throws(
        () => run(text),
        (error) => error instanceof HttpError && error.status === status,
      );
    }
  });
}

test("any split of any form gives the same parts", () => {
  const pieces = constantFrom("\r\n", "\r", "\n", "--b", "\r\n--", "\r\n--c", "-", "b", "x", "\r\n-");
  const data = oneof(
    array(pieces).map((list) => Buffer.from(list.join(""))),
    uint8Array({ maxLength: 200 }),
  );
  check(
    property(array(data, { maxLength: 4 }), array(nat(), { maxLength: 12 }), (contents, cuts) => {
      // A boundary is chosen so that no line of the data begins with it.
      const clean = contents.map((bytes) =>
        `\r\n${Buffer.from(bytes).toString("latin1")}`.replaceAll("\r\n--b", "\r\n--c").slice(2),
      );
      const text = `${clean.map((one) => `--b\r\nA: 1\r\n\r\n${one}\r\n`).join("")}--b--`;
      const bytes = Buffer.from(text, "latin1");
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const split = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(scan(split), { parts: clean.map((one) => ["A: 1", one]), isDone: true });
    }),
    { numRuns: 500 },
  );
});

test("the pieces that were given out stay as they were", () => {
  const scanner = new MultipartScanner("b");
  const kept: (readonly [Uint8Array, string])[] = [];
  const text = Buffer.from(`--b\r\nA: 1\r\n\r\n${"abc\r\n".repeat(5_000)}\r\n--b--`);
  for (let at = 0; at < text.length; at += 7) {
    scanner.push(text.subarray(at, at + 7));
    for (let found = scanner.next(); found !== undefined; found = scanner.next()) {
      if (found.kind === "data") kept.push([found.bytes, Buffer.from(found.bytes).toString()]);
    }
  }
  assert.ok(kept.length > 1_000);
  for (const [bytes, then] of kept) assert.equal(Buffer.from(bytes).toString(), then);
});
