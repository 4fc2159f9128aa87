/** What stands in the place of dependencies: the last one counts, ends give back, in any order and as often as they like. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dependency, scoped } from "./dependency.ts";
import { Replacements } from "./replacements.ts";

const page = dependency(() => 1);

test("the last one counts, and its end gives the place back, whatever the order of the ends", () => {
  const replacements = new Replacements();
  const first = replacements.add(page, 2);
  const second = replacements.add(scoped(page, "read"), 3);
  assert.deepEqual(replacements.find(page), { kind: "value", value: 3 });
  first[Symbol.dispose]();
  assert.deepEqual(replacements.find(page), { kind: "value", value: 3 });
  second[Symbol.dispose]();
  assert.equal(replacements.find(page), undefined);
  assert.ok(replacements.isEmpty);
});

test("an end that comes twice takes nothing else away", () => {
  const replacements = new Replacements();
  const first = replacements.add(page, 2);
  first[Symbol.dispose]();
  replacements.add(page, 2);
  first[Symbol.dispose]();
  assert.deepEqual(replacements.find(page), { kind: "value", value: 2 });
});

test("every change shows in the version", () => {
  const replacements = new Replacements();
  const versions = [replacements.version];
  const one = replacements.add(page, 2);
  versions.push(replacements.version);
  one[Symbol.dispose]();
  versions.push(replacements.version);
  assert.equal(new Set(versions).size, 3);
});

test("a dependency is told from a value that looks like one; undefined is a value", () => {
  const replacements = new Replacements();
  const other = dependency(() => 2);
  replacements.add(page, other);
  assert.deepEqual(replacements.find(page), { kind: "dependency", dependency: other });
  const likeness = { kind: "dependency", name: "left-pad" };
  replacements.add(page, likeness);
  assert.deepEqual(replacements.find(page), { kind: "value", value: likeness });
  replacements.add(page, undefined);
  assert.deepEqual(replacements.find(page), { kind: "value", value: undefined });
});

test("nothing but a dependency can be replaced, and not by itself", () => {
  const replacements = new Replacements();
  assert.throws(() => replacements.add((() => 1) as never, 2), { code: "APUS_BAD_OPTION" });
  assert.throws(() => replacements.add(page, scoped(page, "read")), { code: "APUS_BAD_OPTION" });
});
