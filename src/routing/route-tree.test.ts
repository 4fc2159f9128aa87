/** Tests of the route tree: order, decoding, every kind of answer, and its parameters. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Issue } from "../errors/problem.ts";
import { builtinConverters, type Converter } from "./converter.ts";
import { parsePathTemplate, type PathTemplate } from "./path-template.ts";
import { RouteTree, type Match, type Route } from "./route-tree.ts";

const even: Converter<number> = {
  parse: (text) => (/^\d*[02468]$/.test(text) ? Number(text) : undefined),
  format: String,
  schema: { type: "integer" },
  expected: "an even number",
};
const letter: Converter<string> = {
  parse: (text) => (/^[a-z]$/.test(text) ? text : undefined),
  format: (value) => value,
  schema: { type: "string" },
  expected: "a letter",
};
const converters = new Map<string, Converter>([...builtinConverters, ["even", even], ["letter", letter]]);

function parse(template: string): PathTemplate {
  return parsePathTemplate(template, converters);
}

function splitOnce(text: string): [method: string, path: string] {
  const space = text.indexOf(" ");
  return [text.slice(0, space), text.slice(space + 1)];
}

function routeOf(declaration: string, index: number): Route<number> {
  const [method, template] = splitOnce(declaration);
  return { method, template: parse(template), value: index, declaredAt: `app.ts:${index + 1}` };
}

function treeOf(...declarations: string[]): RouteTree<number> {
  const tree = new RouteTree<number>();
  for (const [index, declaration] of declarations.entries()) tree.add(routeOf(declaration, index));
  return tree;
}

/** The answer in one line: "GET /items/{id} {…} rest", or the kind with what it carries. */
function brief(match: Match<number>): string {
  if (match.kind === "found") {
    const { method, template } = match.route;
    return [method, template.source, JSON.stringify(match.parameters), match.rest].join(" ").trimEnd();
  }
  if (match.kind === "misfit")
    return `misfit ${match.issues.map(({ pointer, message }) => `${pointer} ${message}`).join()}`;
  return match.kind === "method-not-allowed" ? `allow ${match.allow.join()}` : match.kind;
}

/** Every order of a short list of declarations must give the same answers. */
function checkInAnyOrder(declarations: string[], answers: Record<string, string>): void {
  for (const order of [declarations, declarations.toReversed()]) {
    const tree = treeOf(...order);
    for (const [request, answer] of Object.entries(answers)) {
      const [method, path] = splitOnce(request);
      assert.equal(brief(tree.match(method, path)), answer, `${request} with ${order.join(", ")}`);
    }
  }
}

test("a literal beats a parameter, segment by segment", () => {
  checkInAnyOrder(["GET /users/me", "GET /users/{id}", "GET /{a}/me", "GET /{rest:path}", "GET /users/{id}/posts"], {
    "GET /users/me": "GET /users/me {}",
    "GET /users/you": 'GET /users/{id} {"id":"you"}',
    "GET /others/me": 'GET /{a}/me {"a":"others"}',
    "GET /others/you": 'GET /{rest:path} {"rest":"others/you"} others/you',
    "GET /users/me/posts": 'GET /users/{id}/posts {"id":"me"}',
    "GET /users/me/others": 'GET /{rest:path} {"rest":"users/me/others"} users/me/others',
    "GET /": "not-found",
  });
});

test("among parameters: more literal text, then int, uuid, float, str, and path last", () => {
  const id = "0189d5b4-1f6e-7c3a-9b2d-4e5f60718293";
  const declarations = "/{p:path} /{s} /{f:float} /{u:uuid} /{i:int} /v{s} /v{s}.x /{s}.x /v{i:int}".split(" ");
  const routes = declarations.map((template) => `GET ${template}`);
  checkInAnyOrder(routes, {
    "GET /1": 'GET /{i:int} {"i":1}',
    "GET /1.5": 'GET /{f:float} {"f":1.5}',
    [`GET /${id}`]: `GET /{u:uuid} {"u":"${id}"}`,
    "GET /a": 'GET /{s} {"s":"a"}',
    "GET /v1": 'GET /v{i:int} {"i":1}',
    "GET /v1.x": 'GET /v{s}.x {"s":"1"}',
    "GET /w.x": 'GET /{s}.x {"s":"w"}',
    "GET /v.x": 'GET /{s}.x {"s":"v"}',
    "GET /v": 'GET /{s} {"s":"v"}',
    "GET /a/1": 'GET /{p:path} {"p":"a/1"} a/1',
  });
  checkInAnyOrder(["GET /a{s}", "GET /{s}a"], { "GET /aba": 'GET /a{s} {"s":"ba"}', "GET /a": "not-found" });
});

test("converters of the app come between float and str, in the order of declaration", () => {
  const answers = {
    "GET /4": 'GET /{n:even} {"n":4}',
    "GET /a": 'GET /{l:letter} {"l":"a"}',
    "GET /aa": 'GET /{s} {"s":"aa"}',
  };
  checkInAnyOrder(["GET /{s}", "GET /{n:even}", "GET /{l:letter}"], answers);
  checkInAnyOrder(["GET /{n:even}", "GET /{f:float}"], { "GET /4": 'GET /{f:float} {"f":4}' });
  const digit: Converter = { ...letter, parse: (text) => (/^\d$/.test(text) ? text : undefined) };
  const both = new Map([...converters, ["digit", digit]]);
  const pair = ["/{a:even}", "/{a:digit}"];
  for (const order of [pair, pair.toReversed()]) {
    const tree = new RouteTree<number>();
    for (const source of order) {
      tree.add({ method: "GET", template: parsePathTemplate(source, both), value: 0, declaredAt: source });
    }
    const match = tree.match("GET", "/4");
    assert.equal(match.kind === "found" && match.route.template.source, order[0]);
  }
});

test("a less specific route answers when the more specific one lacks the method", () => {
  checkInAnyOrder(["GET /a/b", "POST /a/{x}", "DELETE /{x}/{y}", "PUT /{p:path}"], {
    "GET /a/b": "GET /a/b {}",
    "POST /a/b": 'POST /a/{x} {"x":"b"}',
    "DELETE /a/b": 'DELETE /{x}/{y} {"x":"a","y":"b"}',
    "PUT /a/b": 'PUT /{p:path} {"p":"a/b"} a/b',
    "PATCH /a/b": "allow DELETE,GET,HEAD,OPTIONS,POST,PUT",
    "PATCH /a/c": "allow DELETE,OPTIONS,POST,PUT",
    "PATCH /a": "allow OPTIONS,PUT",
    "get /a/b": "allow DELETE,GET,HEAD,OPTIONS,POST,PUT",
    "constructor /a": "allow OPTIONS,PUT",
    "__proto__ /a": "allow OPTIONS,PUT",
  });
});

test("HEAD is GET wherever GET would match, unless it has a route of its own there", () => {
  checkInAnyOrder(["GET /a", "GET /{x}", "HEAD /{x}", "POST /b", "HEAD /only"], {
    "HEAD /a": "GET /a {}",
    "HEAD /b": 'HEAD /{x} {"x":"b"}',
    "PUT /only": "allow GET,HEAD,OPTIONS",
  });
  checkInAnyOrder(["HEAD /a"], { "GET /a": "allow HEAD,OPTIONS" });
});

test('the method "*" answers what no other method does, and is never allowed by name', () => {
  checkInAnyOrder(["* /m/{rest:path}", "GET /m/{rest:path}", "POST /{a}/{b}", "* /x", "GET /x", "* /y"], {
    "GET /m/a/b": 'GET /m/{rest:path} {"rest":"a/b"} a/b',
    "HEAD /m/a": 'GET /m/{rest:path} {"rest":"a"} a',
    "PURGE /m/a": '* /m/{rest:path} {"rest":"a"} a',
    "POST /m/a": '* /m/{rest:path} {"rest":"a"} a',
    "OPTIONS /x": "* /x {}",
    "GET /x": "GET /x {}",
    "* /x": "* /x {}",
    "PUT /a/b": "allow OPTIONS,POST",
    "HEAD /y": "* /y {}",
  });
  const tree = treeOf("* /m/{rest:path}", "GET /m/{a}", "POST /{a}/{b}");
  assert.deepEqual(tree.allowedMethods("/m/a"), ["GET", "HEAD", "OPTIONS", "POST"]);
  assert.deepEqual(tree.allowedMethods("/m/a/b"), ["OPTIONS"]);
  assert.deepEqual(tree.allowedMethods("/none"), []);
  assert.deepEqual(tree.allowedMethods("/m/%"), []);
  assert.deepEqual(tree.allowedMethods("*"), []);
});

test("percent-encoding is undone once, per segment, before anything is compared", () => {
  checkInAnyOrder(
    ["GET /admin", "GET /größe", "GET /a b/{x}", "GET /s/{x}", "GET /n/{x:int}", "GET /p/{x:path}", "GET /p"],
    {
      "GET /%61dmin": "GET /admin {}",
      "GET /%61%64%6D%69%6e": "GET /admin {}",
      "GET /%2561dmin": "not-found",
      "GET /gr%C3%B6%c3%9fe": "GET /größe {}",
      "GET /größe": "GET /größe {}",
      "GET /a%20b/c%20d": 'GET /a b/{x} {"x":"c d"}',
      "GET /a+b/c": "not-found",
      "GET /s/a%2Fb": 'GET /s/{x} {"x":"a/b"}',
      "GET /s/a%252fb": 'GET /s/{x} {"x":"a%2fb"}',
      "GET /s%2Fa": "not-found",
      "GET /s/..": 'GET /s/{x} {"x":".."}',
      "GET /n/%31%32": 'GET /n/{x:int} {"x":12}',
      "GET /p/a%2Fb/c%20d%2f%25": 'GET /p/{x:path} {"x":"a%2Fb/c d%2f%"} a%2Fb/c%20d%2f%25',
      "GET /%70/x%20": 'GET /p/{x:path} {"x":"x "} x%20',
      "GET /p%2Fx": "not-found",
    },
  );
});

test("malformed percent-encoding and bytes that are not UTF-8 are refused everywhere", () => {
  const tree = treeOf("GET /", "GET /a/{x}", "* /m/{rest:path}");
  for (const bad of [
    "%",
    "%z",
    "%zz",
    "%4",
    "%ff",
    "%C3",
    "%c3%28",
    "%C0%AF",
    "%ED%A0%80",
    "%F4%90%80%80",
    "%u0041",
    "%c3/%b6",
  ]) {
    for (const path of [`/${bad}`, `/a/${bad}`, `/m/x/${bad}`, `/m/${"x/".repeat(50)}${bad}`]) {
      assert.equal(tree.match("GET", path).kind, "malformed", path);
    }
  }
});

test("slashes are neither added nor dropped", () => {
  checkInAnyOrder(
    ["GET /", "GET /admin", "GET /items/", "GET /items/{id}", "GET /t/{id}/", "GET /p/{p:path}", "GET /v{n}"],
    {
      "GET /": "GET / {}",
      "GET //": "not-found",
      "GET //admin": "not-found",
      "GET /admin/": "not-found",
      "GET /admin;x": "not-found",
      "GET /./admin": "not-found",
      "GET /items": "not-found",
      "GET /items/": "GET /items/ {}",
      "GET /items//": "not-found",
      "GET /items/a/": "not-found",
      "GET /t/a": "not-found",
      "GET /t/a/": 'GET /t/{id}/ {"id":"a"}',
      "GET /t//": "not-found",
      "GET /p": "not-found",
      "GET /p/": "not-found",
      "GET /p//": 'GET /p/{p:path} {"p":"/"} /',
      "GET /p//a/": 'GET /p/{p:path} {"p":"/a/"} /a/',
      "GET /v": "not-found",
      "GET admin": "not-found",
      "GET *": "not-found",
      "GET ": "not-found",
    },
  );
  checkInAnyOrder([], { "GET /": "not-found" });
  checkInAnyOrder(["GET /items/{id:int}"], { "GET /items/": "not-found" });
});

test("a misfit names every parameter that does not fit, and yields to another method", () => {
  checkInAnyOrder(
    ["GET /{a:int}/{b:uuid}/{c}", "GET /v{n:int}", "POST /one/{n:int}", "PUT /one/{s}", "GET /two/{n:int}"],
    {
      "GET /x/y/z": "misfit /a must be an integer,/b must be a UUID",
      "GET /1/y/z": "misfit /b must be a UUID",
      "GET /vx": "misfit /n must be an integer",
      "HEAD /vx": "misfit /n must be an integer",
      "POST /vx": "not-found",
      "GET /v": "not-found",
      "POST /one/x": "allow OPTIONS,PUT",
      "GET /one/1": "allow OPTIONS,POST,PUT",
      "GET /two/9007199254740993": "misfit /n must be an integer",
      "POST /two/x": "not-found",
    },
  );
  const match = treeOf("GET /items/{id:int}").match("GET", "/items/abc");
  assert.ok(match.kind === "misfit" && match.route.value === 0);
  const issue: Issue = { in: "path", pointer: "/id", code: "converter", message: "must be an integer" };
  assert.deepEqual(match.issues, [issue]);
});

test("duplicates are refused, whatever their names", () => {
  const pairs: readonly [first: string, second: string][] = [
    ["GET /a", "GET /a"],
    ["GET /", "GET /"],
    ["GET /{a}", "GET /{b:str}"],
    ["GET /{a:int}/x", "GET /{b:int}/x"],
    ["* /{a:path}", "* /{b:path}"],
    ["GET /v{a:int}.x", "GET /v{b:int}.x"],
  ];
  for (const [first, second] of pairs) {
    assert.throws(
      () => treeOf(first, second),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, "APUS_DUPLICATE_ROUTE");
        for (const part of [first, second, "app.ts:1", "app.ts:2"])
          assert.ok(error.message.includes(part), error.message);
        return true;
      },
    );
  }
  const distinct =
    "GET /a, HEAD /a, POST /a, * /a, GET /a/, GET /{a}, GET /{a:int}, GET /x{a}, GET /{a}x, GET /{a:path}";
  treeOf(...distinct.split(", "));
});

test("two converters of one name are refused", () => {
  const tree = treeOf("GET /{a:even}");
  const template = parsePathTemplate("/x/{a:even}", new Map([["even", letter as Converter]]));
  const add = (): void => tree.add({ method: "GET", template, value: 0, declaredAt: "b.ts:1" });
  assert.throws(add, { code: "APUS_DUPLICATE_CONVERTER", message: /"even".*another name/ });
});

test("every match has its own parameters", () => {
  const tree = treeOf("GET /", "GET /{toString}/{hasOwnProperty}");
  const [one, two] = [tree.match("GET", "/"), tree.match("GET", "/")];
  assert.ok(one.kind === "found" && two.kind === "found");
  assert.notEqual(one.parameters, two.parameters);
  const match = tree.match("GET", "/a/__proto__");
  assert.ok(match.kind === "found");
  assert.deepEqual(match.parameters, { toString: "a", hasOwnProperty: "__proto__" });
});
