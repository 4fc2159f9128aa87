/** Tests of the media type reader: the grammar, and the spellings that other frameworks fell to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isToken } from "./header-rules.ts";
import { isJson, parseMediaType } from "./media-type.ts";

function read(value: string): readonly [string, Record<string, string>] | undefined {
  const type = parseMediaType(value);
  return type && [type.essence, Object.fromEntries(type.parameters)];
}

test("type, subtype and parameter names are case-insensitive, values are not", () => {
  assert.deepEqual(read("application/json"), ["application/json", {}]);
  assert.deepEqual(read("Application/JSON"), ["application/json", {}]);
  assert.deepEqual(read("Text/HTML;Charset=UTF-8"), ["text/html", { charset: "UTF-8" }]);
  assert.deepEqual(read("application/vnd.api+json \t;\t ext=1"), ["application/vnd.api+json", { ext: "1" }]);
});

test("quoted values lose their quotes and escapes", () => {
  assert.deepEqual(read('a/b;x="c d"'), ["a/b", { x: "c d" }]);
  assert.deepEqual(read('a/b;x=""'), ["a/b", { x: "" }]);
  assert.deepEqual(read('a/b;x="\\"\\\\\\c;";y=1'), ["a/b", { x: '"\\c;', y: "1" }]);
  assert.deepEqual(read('multipart/form-data; boundary="a;b=c"'), ["multipart/form-data", { boundary: "a;b=c" }]);
  assert.deepEqual(read('a/b;x="\xe9\t"'), ["a/b", { x: "\xe9\t" }]);
});

test("empty parameters are allowed", () => {
  for (const value of ["a/b;", "a/b ;", "a/b; ", "a/b;;", "a/b ; ; ;\t"]) assert.deepEqual(read(value), ["a/b", {}]);
  assert.deepEqual(read("a/b;;x=1;"), ["a/b", { x: "1" }]);
});

test("what is not exactly one media type is undefined", () => {
  const junk = ["", "/", "a", "a/", "/b", "a/b/c", "a /b", "a/ b", "a/b,c/d", "a/b c", " a/b", "a/b ", "a/b\0", "é/b"];
  const parameters = [
    "a/b;x",
    "a/b;x=",
    "a/b;=y",
    "a/b;x =y",
    "a/b;x= y",
    "a/b;x=y z",
    "a/b;x=y,c/d",
    "a/b;x=é",
    "a/b; c/d",
  ];
  const quoted = [
    'a/b;x="',
    'a/b;x="\\',
    'a/b;x="\\"',
    'a/b;x="y"z',
    'a/b;x="\n"',
    'a/b;x="\\\0"',
    'a/b;x="€"',
    'a/b;x=y"z"',
  ];
  const repeated = ["a/b;x=1;x=1", "a/b;x=1;X=2"];
  for (const value of [...junk, ...parameters, ...quoted, ...repeated]) assert.equal(read(value), undefined, value);
});

test("attacks: no near miss is JSON", () => {
  const refused = [
    "application/json garbage",
    " application/json",
    "application/json\ta",
    "text/plain; application/json",
  ];
  const odd = ["application/json ;charset", "application/json;\0", "application/json,text/plain", "application/jſon"];
  for (const value of [...refused, ...odd]) assert.equal(parseMediaType(value), undefined, value);
  for (const value of ["text/plain;x=application/json", 'text/plain;x="application/json"', "__proto__/constructor"]) {
    const essence = parseMediaType(value)?.essence ?? "";
    assert.equal(isJson(essence), false, value);
  }
  assert.deepEqual([...(parseMediaType("a/b;__proto__=1")?.parameters ?? [])], [["__proto__", "1"]]);
});

test("isJson knows application/json and the +json suffix", () => {
  for (const essence of ["application/json", "application/problem+json", "application/a+b+json"])
    assert.ok(isJson(essence));
  const others = [
    "application/+json",
    "application/jsonx",
    "application/json5",
    "text/json",
    "text/x+json",
    "json",
    "",
    "xapplication/json",
  ];
  for (const essence of others) assert.equal(isJson(essence), false, essence);
});

test("the plain case is one shared, frozen value", () => {
  const first = parseMediaType("application/json");
  assert.equal(first, parseMediaType("application/json"));
  assert.ok(Object.isFrozen(first));
});

test("any text is read or undefined, and a long one in one pass", () => {
  const noise = fc
    .array(fc.constantFrom("a", "/", ";", "=", '"', "\\", " ", "\t", "é", "\0", "x=1"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string()), (text) => void parseMediaType(text)),
    { numRuns: 1000 },
  );
  for (const unit of [";", " ", "; ", '"', '\\"', "a=", ";a=b", "\t;"])
    parseMediaType(`a/b;x="${unit.repeat(100_000)}`);
  assert.equal(parseMediaType(`a/b${" ".repeat(1_000_000)}x`), undefined);
});

test("reading what was written gives it back", () => {
  const token = fc.string({ minLength: 1, maxLength: 8 }).filter(isToken);
  const value = fc.string().map((text) => text.replaceAll(/[^ -~]/g, ""));
  const parameters = fc.uniqueArray(
    fc.tuple(
      token.map((text) => text.toLowerCase()),
      value,
    ),
    { selector: ([name]) => name },
  );
  fc.assert(
    fc.property(token, token, parameters, (type, subtype, list) => {
      const quoted = list.map(([name, text]) => ` ; ${name}="${text.replaceAll(/["\\]/g, "\\$&")}"`);
      const parsed = parseMediaType(`${type}/${subtype}${quoted.join("")}`);
      assert.equal(parsed?.essence, `${type}/${subtype}`.toLowerCase());
      assert.deepEqual([...(parsed?.parameters ?? [])], list);
    }),
  );
});
