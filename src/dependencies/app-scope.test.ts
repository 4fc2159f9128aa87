/** What lives as long as the app: started once, tried again after a failure, ended in reverse and completely. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "../log/logger.ts";
import { AppScope } from "./app-scope.ts";
import { dependency, type Dependency } from "./dependency.ts";
import { Replacements } from "./replacements.ts";

let told: string[] = [];

function create(replacements = new Replacements()): AppScope {
  told = [];
  return new AppScope(silentLogger, replacements);
}

const config = dependency({ name: "config", scope: "app" }, () => {
  told.push("config");
  return "db://";
});
const database = dependency({ name: "database", scope: "app", use: { config } }, async function* ({ config: url }) {
  told.push(`open ${url}`);
  await sleep(1);
  yield url;
  told.push("close");
});
const failing = (name: string): Dependency =>
  dependency({ name, scope: "app" }, function* () {
    yield name;
    throw new Error(name);
  });

test("each is started once, also by many at the same time, and after what it uses", async () => {
  const scope = create();
  assert.deepEqual(await Promise.all([database, database, config].map((one) => scope.start(one))), [
    "db://",
    "db://",
    "db://",
  ]);
  assert.deepEqual(told, ["config", "open db://"]);
  await scope.end();
  await scope.end();
  assert.deepEqual(told, ["config", "open db://", "close"]);
});

test("a new life begins with new values", async () => {
  const scope = create();
  await scope.start(database);
  const { life } = scope;
  await scope.end();
  assert.notEqual(scope.life, life);
  await scope.start(database);
  await scope.end();
  assert.deepEqual(told, ["config", "open db://", "close", "config", "open db://", "close"]);
});

test("a start that failed is tried again", async () => {
  const scope = create();
  let attempts = 0;
  const flaky = dependency({ scope: "app" }, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("not yet");
    return attempts;
  });
  await assert.rejects(scope.start(flaky), /not yet/);
  assert.equal(await scope.start(flaky), 2);
});

test("all are ended in reverse, also after one has failed; every failure is told", async () => {
  const scope = create();
  for (const one of [database, failing("a"), failing("b")]) await scope.start(one);
  await assert.rejects(scope.end(), (error: AggregateError) => {
    assert.deepEqual(error.errors, [new Error("b"), new Error("a")]);
    return true;
  });
  assert.equal(told.at(-1), "close");
  await scope.start(failing("a"));
  await assert.rejects(scope.end(), /^Error: a$/);
});

test("what is still being started when the end comes is ended, too", async () => {
  const scope = create();
  const started = scope.start(database);
  await scope.end();
  await started;
  assert.deepEqual(told, ["config", "open db://", "close"]);
});

test("one that is replaced is not started, neither for others", async () => {
  const replacements = new Replacements();
  replacements.add(config, "test://");
  const scope = create(replacements);
  assert.equal(await scope.start(database), "test://");
  await scope.end();
  assert.deepEqual(told, ["open test://", "close"]);
});
