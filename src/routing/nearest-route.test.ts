/** Tests of the suggestion that a 404 makes in development. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { nearestTemplate } from "./nearest-route.ts";

const templates = [
  "/",
  "/items",
  "/items/{id:int}",
  "/items/{id:int}/tags",
  "/users/{name}",
  "/about",
  "/static/{rest:path}",
];

const table: readonly [path: string, nearest: string | undefined][] = [
  ["/itms", "/items"],
  ["/item", "/items"],
  ["/Items", "/items"],
  ["/items/", "/items"],
  ["//items", "/items"],
  ["/item/5", "/items/{id:int}"],
  ["/items/5/tag", "/items/{id:int}/tags"],
  ["/user/ada", "/users/{name}"],
  ["/users/ada/", "/users/{name}"],
  ["/api/items", "/items"],
  ["/%69tms", "/items"],
  ["/itms%", "/items"],
  ["/abuot", "/about"],
  ["/wp-login.php", undefined],
  ["/.env", undefined],
  ["/x/y/z", undefined],
  ["*", undefined],
  ["", undefined],
];

test("the most alike template is found, or none", () => {
  for (const [path, nearest] of table) assert.equal(nearestTemplate(templates, path), nearest, path);
});

test("without templates nothing is near", () => {
  assert.equal(nearestTemplate([], "/items"), undefined);
});

test("long paths are not compared", () => {
  const untouched: Iterable<string> = {
    [Symbol.iterator]: () => assert.fail("no template should be looked at"),
  };
  assert.equal(nearestTemplate(untouched, `/items/${"x".repeat(8000)}`), undefined);
  assert.equal(nearestTemplate(untouched, "/".repeat(200)), undefined);
});

test("any path gives a template of the list or nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const path of [text, `/${text}`]) {
        const nearest = nearestTemplate(templates, path);
        assert.ok(nearest === undefined || templates.includes(nearest));
      }
    }),
  );
});
