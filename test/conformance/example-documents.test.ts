/** The OpenAPI document of every example app is valid, by two independent validators. */

import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "node:test";
import { App } from "apus";
import { validateOpenApi } from "./validate-openapi.ts";

process.env["LOG_LEVEL"] = "silent";
const root = fileURLToPath(new URL("../../", import.meta.url));
const modules = globSync("examples/**/*.ts", { cwd: root, exclude: (path) => path.includes("node_modules") })
  .filter((path) => !path.endsWith(".test.ts"))
  .toSorted();

test("there are example apps", () => assert.ok(modules.some((path) => path.endsWith("app.ts"))));

for (const path of modules) {
  test(`${path} exports apps with valid documents, or none`, async () => {
    const exported = (await import(pathToFileURL(`${root}/${path}`).href)) as Record<string, unknown>;
    for (const app of Object.values(exported)) {
      if (app instanceof App) assert.deepEqual(await validateOpenApi(await app.openapi()), []);
    }
  });
}
