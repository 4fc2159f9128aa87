/** Content-Disposition of parts, as browsers, curl and others write it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, property, string } from "fast-check";
import { parseDisposition } from "./parse-disposition.ts";

const read: readonly (readonly [value: string, name: string, fileName: string | undefined])[] = [
  ['form-data; name="a"', "a", undefined],
  ["form-data; name=a", "a", undefined],
  ['Form-Data;NAME="a"', "a", undefined],
  ['form-data ; name = "a"'.replace(" = ", "="), "a", undefined],
  ['form-data; name="a"; filename="b.txt"', "a", "b.txt"],
  ['form-data; filename="b.txt"; name="a"', "a", "b.txt"],
  ['form-data; name="a"; filename=""', "a", ""],
  ['form-data; name="a;b=c"; filename="x;y.txt"', "a;b=c", "x;y.txt"],
  ['form-data; name="größe"; filename="naïve 🐦.png"', "größe", "naïve 🐦.png"],
  // Browsers: three characters are escaped, all others are as they are.
  ['form-data; name="a%22b%0D%0Ac"; filename="100%.txt"', 'a"b\r\nc', "100%.txt"],
  ['form-data; name="a%250A"', "a%250A", undefined],
  // Older curl and mail programs.
  [String.raw`form-data; name="a\"b"; filename="c:\\x\\y.txt"`, 'a"b', String.raw`c:\x\y.txt`],
  // Browsers on Windows of old: a path, nothing escaped.
  [String.raw`form-data; name="a"; filename="C:\dir\file.txt"`, "a", String.raw`C:\dir\file.txt`],
  [`form-data; name="a"; filename*=UTF-8''na%C3%AFve.png`, "a", "naïve.png"],
  [`form-data; name="a"; filename*=utf-8'en'x%20y.png; filename="fallback.png"`, "a", "x y.png"],
  ['form-data; name="a";', "a", undefined],
  ['form-data;; name="a" ; x=1', "a", undefined],
  ['form-data; name="__proto__"', "__proto__", undefined],
];

for (const [value, name, fileName] of read) {
  test(`reads ${value}`, () => assert.deepEqual(parseDisposition(value), { name, fileName }));
}

const refused: readonly string[] = [
  "",
  "form-data",
  "form-data;",
  'attachment; name="a"',
  'form-data, name="a"',
  'form-data name="a"',
  "form-data; name=",
  'form-data; name=""',
  'form-data; filename="a"',
  'form-data; name="a',
  String.raw`form-data; name="a\"`,
  'form-data; name="a"b',
  'form-data; name="a"; name="b"',
  'form-data; name="a"; filename="b"; filename="c"',
  'form-data; name="a"; filename=ä',
  `form-data; name="a"; filename*=latin1''x`,
  `form-data; name="a"; filename*=UTF-8''%ff`,
  `form-data; name="a"; filename*=UTF-8'%41`,
  'form-data; =a; name="a"',
];

for (const value of refused) {
  test(`refuses ${JSON.stringify(value)}`, () => assert.equal(parseDisposition(value), undefined));
}

test("no text makes it throw", () => {
  check(property(string({ unit: "binary" }), (text) => void parseDisposition(`form-data; ${text}`)));
});

test("87 CVE-2026-8159: values that might be escapes take no longer than others of their length", () => {
  const time = (filler: string): number => {
    const value = `form-data; name="a"; filename="${filler.repeat(8_000 / filler.length)}`;
    const start = performance.now();
    for (let run = 0; run < 50; run += 1) parseDisposition(value);
    return performance.now() - start;
  };
  const fillers = ['\\"', "\\", ";", " ", "%", "=", '"', "a=b;"];
  for (const filler of fillers) time(filler);
  const plain = Math.max(time("x"), 1);
  // A search that backtracks would take thousands of times as long.
  for (const filler of fillers) assert.ok(time(filler) < 100 * plain, filler);
});
