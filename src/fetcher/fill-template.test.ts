/** URLs of calls: parameters are encoded, nothing leaves its place, and the origin stays. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildTemplateUrl } from "./fill-template.ts";
import type { PathValue, QueryInput } from "./upstream-calls.ts";

const base = new URL("https://api.example/v1");
const refuse = (reason: string): Error => new RangeError(reason);
const build = (template: string, path?: Readonly<Record<string, PathValue>>, query?: QueryInput): string =>
  buildTemplateUrl(base, template, { path, query, refuse }).href.slice("https://api.example".length);

test("parameters are one segment, or a part of one, unless they are a path", () => {
  assert.equal(build("/users/{name}", { name: "a/b?c#d e" }), "/v1/users/a%2Fb%3Fc%23d%20e");
  assert.equal(build("/compare/{a}...{b}", { a: "x", b: 2n }), "/v1/compare/x...2");
  assert.equal(build("/{id:int}/{ok}", { id: 1, ok: true }), "/v1/1/true");
  assert.equal(build("/files/{file:path}", { file: "a b/c" }), "/v1/files/a%20b/c");
  assert.equal(build("/", {}), "/v1/");
});

test("query: in the template, given, or both", () => {
  assert.equal(build("/?a=1"), "/v1/?a=1");
  assert.equal(build("/?a=1", {}, { b: [1, null], c: undefined }), "/v1/?a=1&b=1&b=");
  assert.equal(build("/?a={a}", { a: "x&y" }), "/v1/?a=x%26y");
  assert.equal(build("/", {}, new URLSearchParams("d=1&d=2")), "/v1/?d=1&d=2");
});

test("what would leave its place is refused", () => {
  for (const name of ["", ".", "..", "\udc00"]) assert.throws(() => build("/{name}/x", { name }), RangeError);
  for (const file of ["..", "a/../b", "a//b", "./a", "/"]) {
    assert.throws(() => build("/{file:path}", { file }), RangeError);
  }
  assert.throws(() => build("/{a}{b}", { a: ".", b: "." }), RangeError);
  assert.throws(() => build("/%2e%2E/x"), RangeError);
  assert.throws(() => build("/{name}"), { code: "APUS_URL_PARAMETER" });
  assert.throws(() => build("/{toString}", {}), { code: "APUS_URL_PARAMETER" });
  for (const template of ["x", "", "/a\\b", "/a#b", "/a\nb", "/{a"]) {
    assert.throws(() => build(template), { code: "APUS_BAD_TEMPLATE" });
  }
});

test("whatever the parameters are, the origin and the literals stay", () => {
  const text = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(
    fc.property(text, text, (one, file) => {
      let url: URL;
      try {
        url = buildTemplateUrl(base, "/a/{one}/b/{file:path}", { path: { one, file }, query: { one }, refuse });
      } catch (error) {
        return error instanceof RangeError;
      }
      const [, version, a, segment = "", b] = url.pathname.split("/");
      assert.deepEqual([url.origin, version, a, decodeURIComponent(segment), b], [base.origin, "v1", "a", one, "b"]);
      assert.equal(url.searchParams.get("one"), one);
      return true;
    }),
  );
});
