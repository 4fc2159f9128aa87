/** Entity tags and their lists. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { findWeakly, hasStrongly, isEntityTag, parseEntityTags } from "./entity-tags.ts";

test("lists", () => {
  const cases: readonly (readonly [string, "*" | readonly string[]])[] = [
    ["*", "*"],
    [" * ", "*"],
    ['"a"', ['"a"']],
    ['W/"a"', ['W/"a"']],
    ['"a", W/"b" ,,"c,d"', ['"a"', 'W/"b"', '"c,d"']],
    ['""', ['""']],
    ['"a" "b"', ['"a"', '"b"']],
    ["", []],
    ['*, "a"', []],
    ['"a", *', []],
    ["a", []],
    ['"a', []],
    ['w/"a"', []],
    ['"a b"', []],
    ['"a", b', []],
  ];
  for (const [field, expected] of cases) assert.deepEqual(parseEntityTags(field), expected, field);
});

test("132: a long list is read in linear time", () => {
  assert.deepEqual(parseEntityTags(" ".repeat(200_000) + "x"), []);
  assert.deepEqual(parseEntityTags('"'.repeat(200_001)), []);
  assert.equal(parseEntityTags('"a",'.repeat(50_000)).length, 50_000);
});

test("weak and strong comparison (RFC 9110 §8.8.3.2)", () => {
  const table: readonly (readonly [string, string, boolean, boolean])[] = [
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
  ];
  for (const [held, tag, strong, weak] of table) {
    assert.equal(hasStrongly([held], tag), strong, `${held} ${tag}`);
    assert.equal(hasStrongly([tag], held), strong, `${tag} ${held}`);
    assert.equal(findWeakly([held], tag) !== undefined, weak, `${held} ${tag}`);
  }
});

test("one tag", () => {
  for (const text of ['"a"', 'W/"a"', '""', '"é"']) assert.equal(isEntityTag(text), true, text);
  for (const text of ["a", '"a', '"a"b', '"a b"', '"a", "b"', "", "*"]) assert.equal(isEntityTag(text), false, text);
});
