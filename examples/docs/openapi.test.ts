/** docs/openapi.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, quiet, silent } from "./openapi.ts";

describe("docs/openapi.md", () => {
  test("describes the app and its operations", async () => {
    const document = await app.openapi();
    assert.match(document.openapi, /^3\.1\./);
    assert.deepEqual(document.info, {
      title: "Shop",
      version: "2.1.0",
      description: "Orders and *notes*.",
      contact: { name: "The shop", url: "https://shop.example" },
      license: { name: "MIT", identifier: "MIT" },
    });
    assert.equal(document["x-audience"], "partners");
    const create = document.paths["/orders"]?.post;
    assert.equal(create?.operationId, "createOrder");
    assert.equal(create?.summary, "Create order");
    assert.equal(create?.["x-rate-limit"], 10);
    assert.deepEqual(Object.keys(create?.responses ?? {}), ["200", "202", "409", "422"]);
    assert.deepEqual(Object.keys(create?.requestBody?.content["application/json"]?.examples ?? {}), [
      "single",
      "withCoupon",
    ]);
    assert.equal(document.paths["/orders/debug"], undefined);
    assert.equal(document.webhooks?.["paid"]?.post?.summary, "An order was paid");
  });

  test("names schemas as their module exports them", async () => {
    const { components } = await app.openapi();
    const names = Object.keys(components?.schemas ?? {});
    for (const name of ["Note", "NewNote", "NoSuchNote", "Paid", "Problem", "ValidationProblem"]) {
      assert.ok(names.includes(name), `${name} is not in ${names.join()}`);
    }
  });

  test("serves its pages where it is told", async () => {
    await using client = await testClient(app);
    for (const path of ["/openapi.json", "/docs", "/redoc", "/health", "/ready"]) {
      assert.equal((await client.fetch(path)).status, 200, path);
    }
    const page = await (await client.fetch("/docs")).text();
    assert.equal(/(?:src|href)="(?:https?:)?\/\//.test(page), false);
    await using other = await testClient(quiet);
    assert.equal((await other.fetch("/schema.json")).status, 200);
    assert.equal((await other.fetch("/explore")).status, 200);
    assert.equal((await other.fetch("/redoc")).status, 404);
    await using none = await testClient(silent);
    for (const path of ["/openapi.json", "/docs", "/health"]) assert.equal((await none.fetch(path)).status, 404, path);
  });
});
