/** docs/path-template.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import { app, readFile, readReport } from "./path-template.ts";

const answers: readonly (readonly [path: string, status: number, body?: unknown])[] = [
  ["/items/newest", 200, { newest: true }],
  ["/items/7", 200, { id: 7 }],
  ["/items/-7", 200, { id: -7 }],
  ["/items/007", 200, { id: 7 }],
  ["/items/seven", 200, { name: "seven" }],
  ["/items/9007199254740993", 200, { name: "9007199254740993" }],
  ["/items/a%2Fb", 200, { name: "a/b" }],
  ["/items/", 404],
  ["/items", 404],
  ["/orders/6F9619FF-8B86-D011-B42D-00C04FC964FF", 200, { id: "6f9619ff-8b86-d011-b42d-00c04fc964ff" }],
  ["/orders/7", 422],
  ["/tiles/1.5/-2e1", 200, { x: 1.5, y: -20 }],
  ["/tiles/1/Infinity", 422],
  ["/avatars/ada.png", 200, { user: "ada" }],
  ["/avatars/ada.gif", 404],
  ["/avatars/.png", 404],
  ["/files/a/b%2Fc.txt", 200, { name: "a/b%2Fc.txt" }],
  ["/files/", 404],
  ["/reports/2026-11-22", 200, { year: 2026 }],
  ["/items/%ff", 400],
];

describe("docs/path-template.md", () => {
  for (const [path, status, body] of answers) {
    test(`GET ${path} → ${status}`, async () => {
      await using client = await testClient(app);
      const response = await client.fetch(path);
      assert.equal(response.status, status);
      if (body !== undefined) assert.deepEqual(await response.json(), body);
    });
  }

  test("a misfit is a 422 that says what is expected", async () => {
    await using client = await testClient(app);
    const response = await client.fetch("/reports/tomorrow");
    assert.equal(response.status, 422);
    const problem = (await response.json()) as { errors: unknown };
    const message = "must be a day such as 2026-11-22";
    assert.deepEqual(problem.errors, [{ in: "path", pointer: "/on", code: "converter", message }]);
    assert.equal((await client.fetch("/items/7", { method: "POST" })).status, 405);
  });

  test("urlFor fills a template in", async () => {
    await app.start();
    // #region url
    assert.equal(app.urlFor(readReport, { on: new Date("2026-11-22") }), "/reports/2026-11-22");
    assert.equal(app.urlFor(readFile, { name: "a b/c.txt" }), "/files/a%20b/c.txt");
    assert.throws(() => app.urlFor(readFile, { name: "../secret" }), { code: "APUS_URL_PARAMETER" });
    // #endregion url
    await app.stop();
  });

  test("two routes for the same requests are an error at the start", async () => {
    const twice = new App({ log: false });
    twice.get("/a/{id:int}", () => 1);
    twice.get("/a/{number:int}", () => 2);
    await assert.rejects(twice.start(), { code: "APUS_DUPLICATE_ROUTE" });
  });
});
