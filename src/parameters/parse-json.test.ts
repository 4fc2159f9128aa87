/** Tests of the JSON reader: what it refuses, what it says, and that it says nothing of the content. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { maxJsonDepth, parseJson } from "./parse-json.ts";

function parse(text: string): unknown {
  return parseJson(Buffer.from(text));
}

/** "code: detail" of the refusal. */
function refusal(body: string | Uint8Array): string {
  try {
    parseJson(Buffer.from(body));
  } catch (error) {
    assert.ok(error instanceof HttpError, String(error));
    assert.equal(error.status, 400);
    return `${String(error.problem["code"])}: ${String(error.problem.detail)}`;
  }
  return assert.fail("was accepted");
}

test("values are those of JSON.parse", () => {
  for (const text of ["null", " 1 ", '"\\ud800"', "[]", '{"a":[1,{"b":"é🐦"}]}', "1e400", '{"":0}']) {
    assert.deepEqual(parse(text), JSON.parse(text), text);
  }
  assert.deepEqual(parse('{"a":1,"a":2}'), { a: 2 }, "the last of repeated keys wins");
  assert.deepEqual(parseJson(new Uint8Array([0x20, 0x5b, 0x5d]).subarray(1)), [], "a view into a larger buffer");
});

test("syntax errors name line and column", () => {
  assert.equal(
    refusal('{\n  "a": 1,\n}'),
    "json-syntax: The body is not valid JSON: a key in double quotes is expected at line 3, column 1.",
  );
  assert.equal(
    refusal('{"é🐦": x}'),
    "json-syntax: The body is not valid JSON: a value is expected at line 1, column 9.",
  );
  assert.equal(refusal("[1"), "json-syntax: The body is not valid JSON: it ends too early, at line 1, column 3.");
  assert.equal(
    refusal('["a\nb"]'),
    "json-syntax: The body is not valid JSON: a string has a control character that is not escaped at line 1, column 4.",
  );
});

test("nothing at all, and a byte order mark, have their own words", () => {
  for (const body of ["", " ", "\r\n\t"])
    assert.equal(refusal(body), "json-syntax: The body is empty, and JSON is needed.");
  for (const body of ["\ufeff", "\ufeff{}"]) assert.match(refusal(body), /^json-syntax: .*byte order mark/);
});

test("bytes that are not UTF-8 are refused at their offset", () => {
  const cases: readonly (readonly [number[], number])[] = [
    [[0xff], 0],
    [[0x22, 0xc3, 0xa9, 0xc3, 0x22], 3],
    [[0x22, 0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd, 0x80, 0x22], 7],
    [[0x22, 0xe2, 0x82], 1],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    [[0x22, 0xc0, 0xaf, 0x22], 1],
    [[0xff, 0xfe, 0x5b, 0x00], 0],
  ];
  for (const [bytes, offset] of cases) {
    assert.equal(refusal(Uint8Array.from(bytes)), `json-utf8: The body is not valid UTF-8 at byte offset ${offset}.`);
  }
});

test("depth is bounded, and brackets in strings are not depth", () => {
  const nest = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  assert.deepEqual(parse(nest(maxJsonDepth)), JSON.parse(nest(maxJsonDepth)));
  assert.match(refusal(nest(maxJsonDepth + 1)), /^json-depth: .*deeper than 64 levels at line 1, column 65\.$/);
  assert.match(refusal('{"a":'.repeat(65) + "1" + "}".repeat(65)), /^json-depth/);
  assert.match(refusal("[".repeat(1_000_000)), /^json-depth/);
  assert.match(refusal('["]]]]\\"]]",'.repeat(65)), /^json-depth/);
  assert.match(refusal(`["é🐦\\\\",\n"\\\\\\"",${"[".repeat(64)}`), /^json-depth: .*at line 2, column 71\.$/);
  const flat = ["[".repeat(500), '\\"[[[', ...Array.from({ length: 200 }, () => [{ a: [] }])];
  assert.deepEqual(parse(JSON.stringify(flat)), flat);
});

test("attacks: prototype keys are refused anywhere and however they are spelled", () => {
  const keys = [
    '{"__proto__":{}}',
    '[{"a":{"__proto__":1}}]',
    '{"\\u005f_proto__":{}}',
    '{"__prot\\u006F__":null}',
    '{"__proto__":1,"__proto__":2}',
  ];
  for (const text of keys) assert.match(refusal(text), /^json-key: .*"__proto__"/, text);
  const constructors = [
    '{"constructor":{"prototype":{}}}',
    '[[{"constructor":{"prototype":1}}]]',
    '{"c\\u006fnstructor":{"prototyp\\u0065":{}}}',
  ];
  for (const text of constructors) assert.match(refusal(text), /^json-key: .*"constructor"/, text);
});

test("harmless relatives of prototype keys are values like any other", () => {
  const texts = [
    '{"constructor":1}',
    '{"constructor":{"name":"x"}}',
    '{"prototype":{}}',
    '["__proto__"]',
    '{"a":"__proto__"}',
    '{"constructor":"x","prototype":1}',
    '{"constructor":null}',
    '{"__proto":1}',
    '"\\u005f_proto__"',
    '{"a":"\\\\u00"}',
    '{"constructor":{},"prototype":{}}',
  ];
  for (const text of texts) assert.deepEqual(parse(text), JSON.parse(text), text);
});

test("a refusal never repeats the content", () => {
  const secret = "hunter2";
  const bodies = [
    `{"${secret}":}`,
    `"${secret}`,
    secret,
    `{"${secret}":{"__proto__":1}}`,
    `["${secret}",${"[".repeat(70)}`,
    `"${secret}\\x"`,
    `{"a" "${secret}"}`,
  ];
  for (const body of bodies) assert.ok(!refusal(body).includes(secret), body);
  assert.ok(!refusal(Buffer.concat([Buffer.from(secret), Buffer.from([0xff])])).includes(secret));
});

test("any bytes are a value or an HttpError 400", () => {
  const noise = fc
    .array(fc.constantFrom("[", "]", "{", "}", '"', "\\u00", "5f", "__proto__", ":", ",", "1", "\ufffd", "\ufeff"))
    .map((parts) => Buffer.from(parts.join("")));
  fc.assert(
    fc.property(
      fc.oneof(
        noise,
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          assert.ok(error instanceof HttpError && error.status === 400 && typeof error.problem["code"] === "string");
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("reading what was written gives it back, unless it has a prototype key", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: "binary" }), (text) => {
      fc.pre(!text.includes("__proto__"));
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
  );
});

test("big bodies made to be slow are read or refused", () => {
  const bodies = [
    `[${"[],".repeat(300_000)}[]]`,
    `["${"\\u00".repeat(200_000)}"]`,
    `[${'{"constructor":1,"prototype":2},'.repeat(20_000)}1]`,
    `"${"\\".repeat(1_000_000)}"`,
    " ".repeat(1_000_000),
    "\n".repeat(1_000_000),
  ];
  for (const body of bodies) {
    try {
      parse(body);
    } catch (error) {
      assert.ok(error instanceof HttpError);
    }
  }
});
