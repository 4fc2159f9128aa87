/** Tests of path templates: what is read, what is refused and where, and paths built from them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinConverters, type Converter } from "./converter.ts";
import { buildPath, joinPath, parsePathTemplate, type PathTemplate } from "./path-template.ts";

const slug: Converter<string> = {
  parse: (text) => (text === text.toLowerCase() ? text : undefined),
  format: (value) => value,
  schema: { type: "string" },
  expected: "a slug",
};
const converters = new Map<string, Converter>([...builtinConverters, ["slug", slug]]);

function parse(template: string): PathTemplate {
  return parsePathTemplate(template, converters);
}

function parameters(template: string): string[] {
  return parse(template).parameters.map(({ name, converterName }) => `${name}:${converterName}`);
}

test("templates are read", () => {
  const table: readonly [template: string, parameters: string[], openapi: string, shape: string][] = [
    ["/", [], "/", "/"],
    ["/items", [], "/items", "/items"],
    ["/items/", [], "/items/", "/items/"],
    ["/items/{id}", ["id:str"], "/items/{id}", "/items/{str}"],
    ["/items/{id:str}/", ["id:str"], "/items/{id}/", "/items/{str}/"],
    ["/items/{id:int}/tags/{tag:slug}", ["id:int", "tag:slug"], "/items/{id}/tags/{tag}", "/items/{int}/tags/{slug}"],
    ["/v{version:int}", ["version:int"], "/v{version}", "/v{int}"],
    ["/{name}.json", ["name:str"], "/{name}.json", "/{str}.json"],
    ["/a{_b1:float}c", ["_b1:float"], "/a{_b1}c", "/a{float}c"],
    ["/{rest:path}", ["rest:path"], "/{rest}", "/{path}"],
    ["/files/{rest:path}", ["rest:path"], "/files/{rest}", "/files/{path}"],
    ["/größe/日本 ok:batch;x=1@,'\"", [], "/größe/日本 ok:batch;x=1@,'\"", "/größe/日本 ok:batch;x=1@,'\""],
    ["/.well-known/...", [], "/.well-known/...", "/.well-known/..."],
    ["/{toString}", ["toString:str"], "/{toString}", "/{str}"],
  ];
  for (const [source, names, openapi, shape] of table) {
    const template = parse(source);
    assert.deepEqual(parameters(source), names, source);
    assert.deepEqual(
      { source: template.source, openapi: template.openapi, shape: template.shape },
      { source, openapi, shape },
    );
  }
});

test("a parameter has its converter and the text around it", () => {
  const { segments } = parse("/v{version:int}.x/");
  const converter = builtinConverters.get("int");
  assert.deepEqual(segments, [
    { prefix: "v", parameter: { name: "version", converter, converterName: "int" }, suffix: ".x" },
    { prefix: "", parameter: undefined, suffix: "" },
  ]);
});

test("bad templates are refused, with the place", () => {
  const table: readonly [template: string, place: number, words: RegExp][] = [
    ["", 1, /begins with "\/"/],
    ["items", 1, /begins with "\/"/],
    ["{id}", 1, /begins with "\/"/],
    ["//", 2, /nothing stands between/],
    ["/a//b", 4, /nothing stands between/],
    ["/{a}{b}", 5, /at most one parameter/],
    ["/{a}-{b}", 6, /at most one parameter/],
    ["/x/{a", 4, /never closed/],
    ["/x/{a/b}", 4, /never closed/],
    ["/x}", 3, /"}" cannot stand/],
    ["/}{", 3, /never closed/],
    ["/}{a}", 2, /"}" cannot stand/],
    ["/{a}}", 5, /"}" cannot stand/],
    ["/{{a}}", 3, /is not a name/],
    ["/{}", 3, /"" is not a name/],
    ["/{1a}", 3, /"1a" is not a name/],
    ["/{a-b}", 3, /is not a name/],
    ["/{é}", 3, /is not a name/],
    ["/{a\n}", 3, /is not a name/],
    ["/{:int}", 3, /is not a name/],
    ["/{id:}", 5, /converter is missing/],
    ["/{__proto__}", 3, /reserved/],
    ["/{constructor}", 3, /reserved/],
    ["/{prototype:int}", 3, /reserved/],
    ["/{a}/{a:int}", 7, /"a" is taken/],
    ["/{p:path}/x", 3, /whole last segment/],
    ["/{p:path}/", 3, /whole last segment/],
    ["/{p:path}.txt", 3, /whole last segment/],
    ["/a{p:path}", 4, /whole last segment/],
    ["/a?b", 3, /"\?" cannot stand/],
    ["/a#b", 3, /"#" cannot stand/],
    ["/a%20b", 3, /"%" cannot stand/],
    ["/*", 2, /"\*" cannot stand/],
    ["/a\u0000", 3, /cannot stand/],
    ["/{a}\u007f", 5, /cannot stand/],
    ["/a\r\n", 3, /cannot stand/],
    ["/\ud800", 2, /surrogate/],
    ["/a/../b", 4, /no client sends/],
    ["/.", 2, /no client sends/],
  ];
  for (const [template, place, words] of table) {
    const expected = { code: "APUS_BAD_TEMPLATE", message: words };
    assert.throws(() => parse(template), expected, JSON.stringify(template));
    assert.throws(() => parse(template), { message: new RegExp(`, character ${place}: `) }, JSON.stringify(template));
  }
});

test("an unknown converter is refused with the known ones", () => {
  for (const name of ["integer", "constructor", "__proto__", "INT", "int "]) {
    assert.throws(() => parse(`/x/{id:${name}}`), {
      code: "APUS_UNKNOWN_CONVERTER",
      message: /character 8: .*known are str, int, float, uuid, path, slug/,
    });
  }
});

test("paths are built", () => {
  const id = "0189D5B4-1F6E-7C3A-9B2D-4E5F60718293";
  const table: readonly [template: string, parameters: Record<string, unknown>, path: string][] = [
    ["/", {}, "/"],
    ["/items/", {}, "/items/"],
    ["/items/{id:int}", { id: 5 }, "/items/5"],
    ["/items/{id}", { id: "a/b?c#d%2F é" }, "/items/a%2Fb%3Fc%23d%252F%20%C3%A9"],
    ["/items/{id}", { id: "..." }, "/items/..."],
    ["/v{n:float}.x", { n: -1.5 }, "/v-1.5.x"],
    ["/.{name}", { name: "x" }, "/.x"],
    ["/u/{id:uuid}", { id }, `/u/${id.toLowerCase()}`],
    ["/größe:all/{a}", { a: "1" }, "/gr%C3%B6%C3%9Fe:all/1"],
    ["/f/{rest:path}", { rest: "a b/c%2Fd/é" }, "/f/a%20b/c%252Fd/%C3%A9"],
  ];
  for (const [template, values, path] of table) assert.equal(buildPath(parse(template), values), path);
});

test("what a path cannot carry is refused", () => {
  const table: readonly [template: string, parameters: Record<string, unknown>, words: RegExp][] = [
    ["/{id:int}", {}, /"id" of \/\{id:int\} is missing/],
    ["/{id:int}", { id: undefined }, /is missing/],
    ["/{toString}", {}, /is missing/],
    ["/{id:int}", { id: 1.5 }, /must be an integer/],
    ["/{id:int}", { id: "1" }, /must be an integer/],
    ["/{id}", { id: "" }, /must be/],
    ["/{id}", { id: "\ud800" }, /must be/],
    ["/{id}", { id: "." }, /clients remove/],
    ["/{id}", { id: ".." }, /clients remove/],
    ["/.{id}", { id: "." }, /clients remove/],
    ["/{id}.", { id: "." }, /clients remove/],
    ["/{s:slug}", { s: ".." }, /clients remove/],
    ["/{p:path}", { p: "" }, /must be/],
    ["/{p:path}", { p: "/a" }, /empty segment/],
    ["/{p:path}", { p: "a//b" }, /empty segment/],
    ["/{p:path}", { p: "a/" }, /empty segment/],
    ["/{p:path}", { p: "a/../b" }, /clients remove/],
    ["/{p:path}", { p: "./a" }, /clients remove/],
  ];
  for (const [template, values, message] of table) {
    assert.throws(() => buildPath(parse(template), values), { code: "APUS_URL_PARAMETER", message }, template);
  }
});

test("a prefix and a path are joined", () => {
  assert.equal(joinPath("", "/"), "/");
  assert.equal(joinPath("", "/y"), "/y");
  assert.equal(joinPath("/x", "/"), "/x");
  assert.equal(joinPath("/x", "/y/"), "/x/y/");
  const bad: readonly [prefix: string, path: string][] = [
    ["x", "/"],
    ["/", "/y"],
    ["/x/", "/y"],
    ["/x", ""],
    ["/x", "y"],
  ];
  for (const [prefix, path] of bad) assert.throws(() => joinPath(prefix, path), { code: "APUS_BAD_TEMPLATE" });
});
