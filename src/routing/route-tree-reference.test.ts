/** Properties of the route tree: it never throws nor works without bound, undoes `buildPath`, and agrees with a plain reference matcher. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Issue } from "../errors/problem.ts";
import { builtinConverters, type Converter } from "./converter.ts";
import { buildPath, parsePathTemplate } from "./path-template.ts";
import { RouteTree, type Match, type Route } from "./route-tree.ts";

const even: Converter<number> = {
  parse: (text) => (/^\d*[02468]$/.test(text) ? Number(text) : undefined),
  format: String,
  schema: { type: "integer" },
  expected: "an even number",
};
const converters = new Map<string, Converter>([...builtinConverters, ["even", even]]);

function routeOf(method: string, template: string): Route<undefined> {
  return { method, template: parsePathTemplate(template, converters), value: undefined, declaredAt: "app.ts" };
}

function treeOf(routes: readonly Route<undefined>[]): RouteTree<undefined> {
  const tree = new RouteTree<undefined>();
  for (const route of routes) tree.add(route);
  return tree;
}

test("no path makes it throw", () => {
  const gets = ["/", "/a/{b}", "/{a:int}/{b:float}", "/x{a}y"].map((template) => routeOf("GET", template));
  const tree = treeOf([...gets, routeOf("POST", "/{u:uuid}"), routeOf("*", "/m/{p:path}")]);
  const pieces = fc.constantFrom("/", "%", "%2", "%2f", "%ff", "a", "1", "x", "y", "m", "..", "\0", "\ud800", "é");
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, fc.string(), (text, method) => {
      for (const path of [text, `/${text}`, `/m/${text}`]) {
        assert.ok(tree.match(method, path));
        assert.ok(tree.allowedMethods(path));
      }
    }),
    { numRuns: 500 },
  );
});

test("hostile paths are answered", () => {
  const deep = "/a".repeat(2000);
  const templates = ["/{a}/{b}", "/a/{p:path}", `${deep}/{x}`, "/a{x}a", "/n/{x:float}"];
  const tree = treeOf(templates.map((template) => routeOf("GET", template)));
  assert.equal(tree.match("GET", "/".repeat(8000)).kind, "not-found");
  assert.equal(tree.match("GET", `/a${"/".repeat(8000)}`).kind, "found");
  assert.equal(tree.match("GET", `${deep}/b`).kind, "found");
  assert.equal(tree.match("POST", `${deep}/b`).kind, "method-not-allowed");
  assert.equal(tree.match("GET", `/${"a".repeat(8000)}`).kind, "found");
  assert.equal(tree.match("GET", `/n/${"1".repeat(8000)}`).kind, "found");
  assert.equal(tree.match("GET", `/b/${"%2F".repeat(2700)}`).kind, "found");
  assert.equal(tree.match("GET", "/%41".repeat(2000)).kind, "not-found");
});

test("a lookup asks each converter at most once where every segment could go two ways", () => {
  let asked = 0;
  const counting: Converter = { ...even, parse: (text) => (asked++, text), expected: "x" };
  const known = new Map([["c", counting]]);
  const tree = new RouteTree<undefined>();
  const paths = Array.from({ length: 256 }, (_, bits) =>
    Array.from({ length: 8 }, (__, bit) => ((bits >> bit) & 1 ? `/{p${bit}:c}` : "/a")).join(""),
  );
  for (const path of paths)
    tree.add({ method: "GET", template: parsePathTemplate(`${path}/end`, known), value: undefined, declaredAt: path });
  assert.equal(tree.match("GET", `${"/a".repeat(8)}/no`).kind, "not-found");
  assert.ok(asked <= 2 * (2 ** 8 - 1), `${asked} calls for ${2 ** 8 - 1} edges`);
});

test("a built path gives its parameters back", () => {
  const text = fc.string({ unit: "binary", minLength: 1 });
  const safe = text.filter((value) => value !== "." && value !== "..");
  const segment = safe
    .map((value) => value.replaceAll("/", "") || "x")
    .filter((value) => value !== "." && value !== "..");
  const rest = fc
    .array(fc.oneof(segment, fc.constantFrom("%2F", "%2f", "%252F", "%", "a b")), { minLength: 1 })
    .map((parts) => parts.join("/"));
  const route = routeOf("GET", "/größe x/{i:int}/{f:float}/{u:uuid}/v{t}.é/{s}/{p:path}");
  const tree = treeOf([route]);
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  const values = fc.record(
    { i: fc.maxSafeInteger(), f: number, u: fc.uuid(), t: text, s: safe, p: rest },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(values, (parameters) => {
      const match = tree.match("GET", buildPath(route.template, parameters));
      assert.ok(match.kind === "found");
      assert.deepEqual(match.parameters, parameters);
    }),
    { numRuns: 500 },
  );
});

// The reference: every route is tried on its own, and those that fit are put in order by comparing their templates.

interface Fit {
  readonly route: Route<undefined>;
  readonly parameters: Record<string, unknown>;
  readonly issues: Issue[];
  readonly rest: string;
}

function fitAlone(route: Route<undefined>, path: string): Fit | undefined {
  const sent = path.slice(1).split("/");
  const { segments, parameters: declared } = route.template;
  const open = declared.at(-1)?.converterName === "path";
  if (open ? sent.length < segments.length : sent.length !== segments.length) return undefined;
  const fit: Fit = { route, parameters: {}, issues: [], rest: open ? sent.slice(segments.length - 1).join("/") : "" };
  for (const [index, { prefix, parameter, suffix }] of segments.entries()) {
    let text = decodeURIComponent(sent[index] ?? "");
    if (parameter === undefined) {
      if (text !== prefix) return undefined;
      continue;
    }
    const { name, converter, converterName } = parameter;
    if (converterName === "path")
      text = fit.rest
        .split(/(%2f)/i)
        .map((part) => (/^%2f$/i.test(part) ? part : decodeURIComponent(part)))
        .join("");
    if (!text.startsWith(prefix) || !text.endsWith(suffix) || text.length <= prefix.length + suffix.length)
      return undefined;
    const value = converter.parse(text.slice(prefix.length, text.length - suffix.length));
    fit.parameters[name] = value;
    if (value === undefined) {
      fit.issues.push({ in: "path", pointer: `/${name}`, code: "converter", message: `must be ${converter.expected}` });
    }
  }
  return fit;
}

const ranks = ["int", "uuid", "float", "even", "str", "path"];

function compareFits(a: Fit, b: Fit): number {
  for (const [index, one] of a.route.template.segments.entries()) {
    const two = b.route.template.segments[index];
    if (two === undefined) return -1;
    const key = ({ prefix, parameter, suffix }: typeof one): number[] => {
      if (parameter === undefined) return [0, 0, 0, 0];
      const { converterName } = parameter;
      return [
        converterName === "path" ? 2 : 1,
        -(prefix.length + suffix.length),
        ranks.indexOf(converterName),
        -prefix.length,
      ];
    };
    const twoKey = key(two);
    for (const [place, number] of key(one).entries())
      if (number !== twoKey[place]) return number - (twoKey[place] ?? 0);
  }
  return 0;
}

function matchPlainly(routes: readonly Route<undefined>[], method: string, path: string): Match<undefined> {
  try {
    decodeURIComponent(path);
  } catch {
    return { kind: "malformed" };
  }
  const candidates = routes.flatMap((route) => fitAlone(route, path) ?? []).toSorted(compareFits);
  const answering = (fits: Fit[]): Fit | undefined => {
    const methods = method === "HEAD" ? ["HEAD", "GET", "*"] : [method, "*"];
    const able = fits.filter(({ route }) => methods.includes(route.method));
    const equal = able.filter(({ route }) => route.template.shape === able[0]?.route.template.shape);
    return methods.map((one) => equal.find(({ route }) => route.method === one)).find((fit) => fit !== undefined);
  };
  const fitting = candidates.filter(({ issues }) => issues.length === 0);
  const found = answering(fitting);
  if (found !== undefined) return { kind: "found", route: found.route, parameters: found.parameters, rest: found.rest };
  const methods = fitting.map(({ route }) => route.method).filter((one) => one !== "*");
  if (methods.includes("GET")) methods.push("HEAD");
  if (methods.length > 0)
    return { kind: "method-not-allowed", allow: [...new Set([...methods, "OPTIONS"])].toSorted() };
  const misfit = answering(candidates);
  if (misfit !== undefined) return { kind: "misfit", route: misfit.route, issues: misfit.issues };
  return { kind: "not-found" };
}

test("it agrees with the plain reference on random routes", () => {
  const methods = fc.constantFrom("GET", "GET", "POST", "HEAD", "*");
  const inner = fc.constantFrom(
    "a",
    "b",
    "a1",
    "{}",
    "{:int}",
    "{:float}",
    "{:even}",
    "{:uuid}",
    "a{}",
    "{}b",
    "a{}b",
    "a{:int}",
    "{:int}b",
    "aa{}",
  );
  const segments = fc.array(inner, { minLength: 1, maxLength: 4 });
  const templates = fc.tuple(segments, fc.constantFrom("", "", "/", "/{:path}")).map(([parts, end]) => {
    let count = 0;
    return `/${parts.join("/")}${end}`.replaceAll("{", () => `{p${count++}`);
  });
  const declarations = fc.array(fc.tuple(methods, fc.oneof(templates, fc.constantFrom("/", "/{p:path}"))), {
    maxLength: 12,
  });
  const id = "0189d5b4-1f6e-7c3a-9b2d-4e5f60718293";
  const sent = fc.constantFrom(
    "a",
    "b",
    "a1",
    "a2",
    "1",
    "2",
    "1.5",
    "ab",
    "aab",
    "2b",
    "%61",
    "%62",
    "a%2Fb",
    "",
    "x",
    id,
    "%",
    "%32b",
  );
  const paths = fc.array(sent, { minLength: 1, maxLength: 5 }).map((parts) => `/${parts.join("/")}`);
  const requests = fc.array(fc.tuple(fc.constantFrom("GET", "HEAD", "POST", "PUT"), paths), {
    minLength: 1,
    maxLength: 10,
  });
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(declarations, requests, (declared, asked) => {
      const unique = new Map<string, Route<undefined>>();
      for (const [method, template] of declared) {
        const route = routeOf(method, template);
        unique.set(`${method} ${route.template.shape}`, route);
      }
      const routes = [...unique.values()];
      const tree = treeOf(routes);
      for (const [method, path] of asked) {
        const match = tree.match(method, path);
        seen.set(match.kind, (seen.get(match.kind) ?? 0) + 1);
        assert.deepEqual(match, matchPlainly(routes, method, path));
      }
    }),
    { numRuns: 1000 },
  );
  assert.deepEqual([...seen.keys()].toSorted(), ["found", "malformed", "method-not-allowed", "misfit", "not-found"]);
});
