/** The dependencies of one request: their inputs, the order of their values and ends, and failures on the way. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { plainRequest } from "../../test/journey/plain-request.ts";
import type { Issue } from "../errors/problem.ts";
import { ResponseHead } from "../http/response-head.ts";
import { silentLogger } from "../log/logger.ts";
import { AppScope } from "./app-scope.ts";
import { compileDependencies } from "./compile-dependencies.ts";
import { dependency, type Dependency, type Uses } from "./dependency.ts";
import { Replacements } from "./replacements.ts";
import { DependencyScope } from "./scope.ts";

let told: string[] = [];

async function open(named: Uses, target = "/"): Promise<DependencyScope> {
  told = [];
  const replacements = new Replacements();
  const parts = { replacements, appScope: new AppScope(silentLogger, replacements) };
  const used = { named, unnamed: [], where: "GET /", pathNames: [] };
  const plan = await (await compileDependencies(used, parts)).current();
  const request = plainRequest(target);
  return new DependencyScope(plan, {
    request,
    requestId: "r1",
    log: silentLogger,
    response: new ResponseHead(),
    path: {},
    query: undefined,
    headers: undefined,
    cookies: undefined,
    body: undefined,
    form: undefined,
    files: undefined,
    background: () => {},
    get signal() {
      return request.signal;
    },
  });
}

async function run(scope: DependencyScope): Promise<Record<string, unknown>> {
  await scope.readInputs([]);
  await scope.runEarly();
  await scope.runRest();
  const { request, requestId, scopes, path, ...values } = scope.buildHandlerInput() as Record<string, unknown>;
  assert.ok(request !== undefined && requestId === "r1" && scopes !== undefined && path !== undefined);
  return values;
}

const cleaned = (name: string, options: object = {}): Dependency<string> =>
  dependency(options, async function* () {
    told.push(`${name} begins`);
    try {
      yield name;
      told.push(`${name} ends`);
    } catch (error) {
      told.push(`${name} fails: ${(error as Error).message}`);
      throw error;
    }
  });

describe("inputs", () => {
  const page = dependency({ query: z.object({ page: z.int() }) }, ({ query }) => query.page);
  const half = dependency({ use: { page } }, ({ page: value }) => value / 2);

  test("are read, coerced and given", async () => {
    assert.deepEqual(await run(await open({ half, page }, "/?page=4")), { half: 2, page: 4 });
  });

  test("that are wrong keep the dependency, and what uses it, from running early; the others run", async () => {
    const early = (name: string, use: Uses = {}): Dependency<void> =>
      dependency({ early: true, use }, () => void told.push(name));
    const scope = await open({ a: early("a"), b: early("b", { page }), half }, "/?page=x");
    const issues: Issue[] = [];
    await scope.readInputs(issues);
    await scope.runEarly();
    assert.deepEqual(told, ["a"]);
    assert.deepEqual(
      issues.map(({ in: place, pointer }) => `${place} ${pointer}`),
      ["query /page"],
    );
  });

  test("that are optional and all missing give undefined", async () => {
    const filter = dependency({ optional: true, query: z.object({ from: z.string() }) }, ({ query }) => query.from);
    assert.deepEqual(await run(await open({ filter })), { filter: undefined });
    assert.deepEqual(await run(await open({ filter }, "/?from=a")), { filter: "a" });
  });
});

describe("values", () => {
  test("that need nothing of each other are made side by side, the others wait", async () => {
    const slow = (name: string, use: Uses = {}): Dependency<string> =>
      dependency({ use }, async () => {
        told.push(`${name} begins`);
        await sleep(2);
        told.push(`${name} ends`);
        return name;
      });
    const one = slow("one");
    const two = slow("two");
    const three = slow("three", { one, two });
    await run(await open({ three, two }));
    assert.deepEqual(told.slice(0, 2), ["one begins", "two begins"]);
    assert.deepEqual(told.slice(4), ["three begins", "three ends"]);
  });

  test("without promises are there at once", async () => {
    const scope = await open({ one: dependency(() => 1) });
    assert.equal(scope.readInputs([]), undefined);
    assert.equal(scope.runEarly(), undefined);
    assert.equal(scope.runRest(), undefined);
  });

  test("and tools reach the function; a name of an object's own is a name as any other", async () => {
    const constructor = dependency(({ requestId, log, scopes }) => [requestId, log === silentLogger, scopes]);
    const user = dependency({ use: { constructor, toString: constructor } }, (input) => input.constructor);
    assert.deepEqual(await run(await open({ user })), { user: ["r1", true, []] });
  });
});

describe("ends", () => {
  test("come in reverse: those with the handler first, then the others, each once", async () => {
    const outer = cleaned("outer");
    const inner = cleaned("inner", { use: { outer } });
    const scope = await open({ inner, session: cleaned("session", { until: "handler" }) });
    await run(scope);
    told = [];
    await scope.endHandler();
    assert.deepEqual(told.splice(0), ["session ends"]);
    assert.ok(scope.isOpen);
    await scope.endResponse(undefined);
    await scope.endResponse(undefined);
    assert.deepEqual(told, ["inner ends", "outer ends"]);
    assert.ok(!scope.isOpen);
  });

  test("get the failure, and may put another one in its place", async () => {
    const outer = cleaned("outer");
    const mapping = dependency({ use: { outer } }, function* () {
      try {
        yield 1;
      } catch (error) {
        throw new Error(`mapped ${(error as Error).message}`, { cause: error });
      }
    });
    const scope = await open({ mapping });
    await run(scope);
    assert.equal(String(await scope.fail(new Error("a"))), "Error: mapped a");
    assert.deepEqual(told, ["outer begins", "outer fails: mapped a"]);
  });

  test("a clean-up that fails does not keep the others from theirs, and is told", async () => {
    const outer = cleaned("outer");
    const broken = dependency({ use: { outer } }, function* () {
      yield 1;
      throw new Error("no commit");
    });
    const scope = await open({ broken });
    await run(scope);
    await assert.rejects(scope.endResponse(undefined), /no commit/);
    assert.equal(told.at(-1), "outer fails: no commit");
  });

  test("wait for what is under way when another one has failed", async () => {
    const slow = dependency(async function* () {
      await sleep(5);
      try {
        yield 1;
      } finally {
        told.push("slow ends");
      }
    });
    const broken = dependency(() => {
      throw new Error("broken");
    });
    const scope = await open({ slow, broken });
    const thrown = await run(scope).catch((error: unknown) => error);
    assert.deepEqual(await scope.fail(thrown), new Error("broken"));
    assert.deepEqual(told, ["slow ends"]);
  });
});
