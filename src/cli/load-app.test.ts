/** Which of a module's exports is the app. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "../app/app.ts";
import { chooseApp } from "./load-app.ts";

const one = new App({ log: false });
const other = new App({ log: false });
const place = "src/app.ts";

test("the default export comes first, then app, then the only one, then the only one that listens", () => {
  const choose = (exported: Record<string, unknown>, listening: readonly App[] = []): App =>
    chooseApp(exported, { place, listening });
  assert.equal(choose({ default: one, app: other, third: other }), one);
  assert.equal(choose({ default: 1, app: one, third: other }), one);
  assert.equal(choose({ server: one, again: one, part: 1 }), one);
  assert.equal(choose({ server: one }, [other]), one);
  assert.equal(choose({ part: 1 }, [one]), one);
});

for (const [name, exported, listening, message] of [
  ["nothing exported", {}, [], /^src\/app\.ts exports no app \(it exports nothing\)\. Write: export const app/],
  ["no app", { part: 1, none: null }, [], /^src\/app\.ts exports no app \(it exports part, none\)/],
  [
    "several apps",
    { one, other },
    [],
    /^src\/app\.ts exports several apps \(one, other\): export the one to serve as "app"/,
  ],
  ["several that listen", {}, [one, other], /^src\/app\.ts has several apps: /],
  ["an app of another copy", { app: createForeignApp() }, [], /exports as "app" was made by another copy of Apus/],
] as const) {
  test(`${name} is refused`, () => {
    assert.throws(() => chooseApp(exported, { place, listening }), { name: "CommandError", message });
  });
}

function createForeignApp(): object {
  const Foreign = {
    App: class {
      listen(): void {}
      openapi(): void {}
      lifespan(): void {}
    },
  };
  return new Foreign.App();
}
