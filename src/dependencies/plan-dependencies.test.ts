/** The plan: every dependency once and behind what it uses, scopes added up, early ones marked, wrong graphs refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ApusError, ErrorCode } from "../errors/apus-error.ts";
import { dependency, scoped, type AnyDependency, type Uses } from "./dependency.ts";
import { planDependencies, type DependencyPlan } from "./plan-dependencies.ts";
import { Replacements } from "./replacements.ts";

function plan(named: Uses, replacements = new Replacements(), unnamed: readonly AnyDependency[] = []): DependencyPlan {
  return planDependencies({ named, unnamed, where: "GET /" }, replacements);
}

const refused =
  (code: ErrorCode, why: RegExp) =>
  (error: ApusError): boolean =>
    error.code === code && why.test(error.reason);

const names = ({ steps }: DependencyPlan): readonly unknown[] =>
  steps.map(({ dependency: { options } }) => options.name);

const named = (name: string, options: object = {}): AnyDependency => dependency({ name, ...options }, () => name);
const cleaned = (name: string, options: object = {}): AnyDependency =>
  dependency({ name, ...options }, function* () {
    yield name;
  });

describe("order", () => {
  const a = named("a");
  const b = named("b", { use: { a } });
  const c = named("c", { use: { b, a } });

  test("what is used comes first and once, unnamed ones before named ones", () => {
    const made = plan({ x: c, y: a }, new Replacements(), [b]);
    assert.deepEqual(names(made), ["a", "b", "c"]);
    assert.deepEqual(made.given, [
      ["x", 2],
      ["y", 0],
    ]);
    assert.deepEqual(made.steps[2]?.uses, [
      ["b", 1],
      ["a", 0],
    ]);
  });

  test("cache: false has a place for each use", () => {
    const fresh = named("fresh", { cache: false });
    assert.deepEqual(names(plan({ one: fresh, two: named("two", { use: { fresh } }) })), ["fresh", "fresh", "two"]);
  });

  test("a chain of 1,000 and a ladder whose ways cannot be counted are planned", () => {
    let last = named("0");
    for (let level = 1; level < 1000; level += 1) last = named(String(level), { use: { last } });
    assert.equal(plan({ last }).steps.length, 1000);
    for (const scope of ["app", "request"]) {
      let rung: Uses = { one: named("one", { scope }), two: named("two", { scope }) };
      for (let level = 0; level < 60; level += 1) {
        rung = { one: named("one", { scope, use: rung }), two: named("two", { scope, use: rung }) };
      }
      assert.equal(plan(rung).steps.length, scope === "app" ? 2 : 122);
    }
  });
});

describe("scopes and early", () => {
  const security = { name: "token", scheme: { type: "http", scheme: "bearer" } };
  const token = named("token", { security });

  test("scopes of all uses add up, the outer ones first, and cannot be changed by a request", () => {
    const user = named("user", { use: { token: scoped(token, "me") } });
    const [step] = plan({ user: scoped(user, "items"), token: scoped(token, "read", "me") }).steps;
    assert.deepEqual([...(step?.scopes ?? [])].toSorted(), ["items", "me", "read"]);
    assert.ok(Object.isFrozen(step?.scopes));
  });

  test("what is used does not get the scopes of its neighbours", () => {
    const other = named("other");
    const both = named("both", { use: { token: scoped(token, "one"), other: scoped(other, "two") } });
    const scopes = plan({ both: scoped(both, "three") }).steps.map((step) => step.scopes);
    assert.deepEqual(scopes, [["three", "one"], ["three", "two"], ["three"]]);
  });

  test("a scheme, what uses it and what it uses are early; `early` decides otherwise", () => {
    const settings = named("settings");
    const own = named("own", { security, use: { settings } });
    const user = named("user", { use: { own } });
    const late = named("late", { use: { user }, early: false });
    const eager = named("eager", { early: true });
    const early = plan({ late, eager }).steps.filter(({ isEarly }) => isEarly);
    assert.deepEqual(
      early.map(({ dependency: { options } }) => options.name),
      ["settings", "own", "user", "eager"],
    );
  });
});

describe("refusals", () => {
  test("a cycle is named with the way to it", () => {
    const use: Record<string, AnyDependency> = {};
    const a = named("a", { use });
    use["b"] = named("b", { use: { a } });
    assert.throws(() => plan({ a }), refused("APUS_DEPENDENCY_CYCLE", /^GET \/: "a" → "b" → "a": /));
    const own: Record<string, AnyDependency> = {};
    own["self"] = named("self", { use: own, scope: "app" });
    assert.throws(() => plan(own), refused("APUS_DEPENDENCY_CYCLE", /"self" → "self"/));
  });

  test("what lives as long as the app uses nothing of a request, at any depth", () => {
    const user = named("user");
    const database = named("database", { scope: "app", use: { user } });
    const stock = named("stock", { scope: "app", use: { database } });
    assert.throws(() => plan({ stock }), refused("APUS_DEPENDENCY_SCOPE", /"stock" → "database" → "user": "database"/));
  });

  test('what is cleaned up after the response uses nothing that ends with the handler, unless it says "handler", too', () => {
    const session = cleaned("session", { until: "handler" });
    const user = named("user", { use: { session } });
    assert.equal(plan({ user }).steps.length, 2, "a plain function has nothing to clean up");
    assert.equal(plan({ audit: cleaned("audit", { use: { user }, until: "handler" }) }).steps.length, 3);
    assert.throws(
      () => plan({ audit: cleaned("audit", { use: { user } }) }),
      refused("APUS_DEPENDENCY_SCOPE", /"audit" → "user": "audit" is cleaned up after the response/),
    );
  });

  for (const use of [[named("a")], "a", 5, null] as const) {
    test(`use: ${JSON.stringify(use)?.slice(0, 20)} is no object of dependencies`, () => {
      assert.throws(() => plan(use as unknown as Uses), refused("APUS_BAD_OPTION", /give each one a name/));
    });
  }

  for (const name of ["body", "signal", "__proto__", "files"]) {
    test(`the name ${name} is taken`, () => {
      assert.throws(() => plan({ [name]: named("a") } as Uses), refused("APUS_BAD_OPTION", /which is taken/));
    });
  }
});

describe("replacements", () => {
  const database = named("database", { scope: "app" });
  const session = named("session", { use: { database } });

  test("a value takes the place of a dependency and of what it uses", () => {
    const replacements = new Replacements();
    replacements.add(session, "fake");
    const [step, ...rest] = plan({ session }, replacements).steps;
    assert.deepEqual([step?.isReplaced, step?.value, step?.uses, rest], [true, "fake", [], []]);
  });

  test("another dependency takes its place with what it uses, and counts by its own life", () => {
    const replacements = new Replacements();
    const folder = named("folder");
    const file = named("file", { use: { folder } });
    replacements.add(database, file);
    assert.deepEqual(names(plan({ session, file }, replacements)), ["folder", "file", "session"]);
    const stock = named("stock", { scope: "app", use: { database } });
    assert.throws(() => plan({ stock }, replacements), refused("APUS_DEPENDENCY_SCOPE", /"stock" → "file"/));
  });

  test("one that uses what it replaces is a cycle", () => {
    const replacements = new Replacements();
    replacements.add(session, named("wrapper", { use: { session } }));
    assert.throws(() => plan({ session }, replacements), refused("APUS_DEPENDENCY_CYCLE", /"wrapper" → "wrapper"/));
    const stock = named("stock", { scope: "app", use: { database } });
    const others = new Replacements();
    others.add(database, named("other", { scope: "app", use: { stock } }));
    assert.throws(() => plan({ stock }, others), refused("APUS_DEPENDENCY_CYCLE", /"stock" → "other" → "stock"/));
  });
});
