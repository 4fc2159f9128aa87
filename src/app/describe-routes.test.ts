/** The routes of an app as data. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "./app.ts";
import { Router } from "./router.ts";

test("routes are described with what they inherit, in order, those of mounted apps last", async () => {
  const app = new App({ log: false });
  const admin = new App({ log: false });
  admin.get("/users", function listUsers() {});
  app.mount("/admin", admin);
  app.get("/items/{id:int}", { operationId: "readItem" }, () => 1);
  const items = new Router({ prefix: "/more", tags: ["items"] });
  items.query("/", { tags: ["search"], deprecated: true }, () => 1);
  items.post("/", { hidden: true }, function secret() {});
  app.include(items, { prefix: "/v1" });
  app.lifespan(() => assert.fail("the app must not start"));

  const routes = await app.routes();
  assert.deepEqual(
    routes.map(({ method, path, operationId, handler }) => [method, path, operationId, handler]),
    [
      ["GET", "/items/{id:int}", "readItem", ""],
      ["QUERY", "/v1/more", "queryV1More", ""],
      ["POST", "/v1/more", undefined, "secret"],
      ["GET", "/admin/users", "listUsers", "listUsers"],
    ],
  );
  assert.deepEqual(
    routes.map(({ tags, deprecated, hidden }) => [tags, deprecated, hidden]),
    [
      [[], false, false],
      [["items", "search"], true, false],
      [["items"], false, true],
      [[], false, false],
    ],
  );
  assert.match(routes[0]?.declaredAt ?? "", /describe-routes\.test\.ts:13$/);
});

test("of two routes that OpenAPI cannot tell apart only the first has an operationId", async () => {
  const app = new App({ log: false });
  app.get("/items/{key:int}", function byNumber() {});
  app.get("/items/{key:uuid}", function byIdentity() {});
  app.get("/items/{key}/parts", { tags: ["parts"] }, () => 1);
  const ids = (await app.routes()).map(({ operationId }) => operationId);
  assert.deepEqual(ids, ["byNumber", undefined, "getItemsByKeyParts"]);
});
