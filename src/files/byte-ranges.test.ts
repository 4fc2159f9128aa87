/** Range fields: the forms of RFC 9110 §14.1.2, what lies behind the end, and what is ignored. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseByteRanges } from "./byte-ranges.ts";

const of = (start: number, length: number): { readonly start: number; readonly length: number } => ({ start, length });

test("one range, in each form", () => {
  assert.deepEqual(parseByteRanges("bytes=0-499", 10_000), [of(0, 500)]);
  assert.deepEqual(parseByteRanges("bytes=9500-", 10_000), [of(9_500, 500)]);
  assert.deepEqual(parseByteRanges("bytes=-500", 10_000), [of(9_500, 500)]);
  assert.deepEqual(parseByteRanges("bytes=0-0", 10_000), [of(0, 1)]);
  assert.deepEqual(parseByteRanges("Bytes= 0-0 ,\t", 10_000), [of(0, 1)]);
});

test("what lies behind the end is left out, whatever the number of digits", () => {
  assert.deepEqual(parseByteRanges("bytes=9999-20000", 10_000), [of(9_999, 1)]);
  assert.deepEqual(parseByteRanges("bytes=-20000", 10_000), [of(0, 10_000)]);
  assert.deepEqual(parseByteRanges(`bytes=0-${"9".repeat(4_000)}`, 10), [of(0, 10)]);
  assert.deepEqual(parseByteRanges(`bytes=-${"9".repeat(4_000)}`, 10), [of(0, 10)]);
  for (const field of ["bytes=10000-", "bytes=10000-10001", "bytes=-0", `bytes=${"9".repeat(400)}-`]) {
    assert.deepEqual(parseByteRanges(field, 10_000), [], field);
  }
  assert.deepEqual(parseByteRanges("bytes=10000-,0-1", 10_000), [of(0, 2)]);
});

test("several keep the order of the field; those that overlap are joined", () => {
  assert.deepEqual(parseByteRanges("bytes=-1,0-0", 10), [of(9, 1), of(0, 1)]);
  assert.deepEqual(parseByteRanges("bytes=0-1,2-3", 10), [of(0, 2), of(2, 2)]);
  assert.deepEqual(parseByteRanges("bytes=5-8,0-2,1-3,2-2", 10), [of(0, 4), of(5, 4)]);
  assert.deepEqual(parseByteRanges("bytes=0-,0-,0-,0-", 10), [of(0, 10)]);
});

test("what is no list of ranges is ignored as a whole", () => {
  for (const field of [
    "",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=-",
    "bytes=a-b",
    "bytes=1",
    "bytes=2-1",
    "bytes=0-1-2",
    "bytes=0 - 1",
    "bytes=+0-1",
    "bytes=0x0-1",
    "bytes=0-1,x",
    "bytes=0-1;2-3",
    "bytes =0-1",
    " bytes=0-1",
    "items=0-1",
    "bytes=٠-١",
  ]) {
    assert.equal(parseByteRanges(field, 10), undefined, field);
  }
  assert.equal(parseByteRanges("bytes=0-", 0), undefined, "there is nothing to cut");
});

test("up to ten ranges", () => {
  const list = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, at) => `${at * 2}-${at * 2}`).join()}`;
  assert.equal(parseByteRanges(list(10), 100)?.length, 10);
  assert.equal(parseByteRanges(list(11), 100), undefined);
  assert.equal(parseByteRanges(`bytes=${",".repeat(5_000)}0-0`, 100)?.length, 1);
});
