/** docs/app.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { admin, app, events, readPrice, serve } from "./app.ts";

describe("docs/app.md", () => {
  test("a lifespan runs around the requests", async () => {
    events.length = 0;
    {
      await using client = await testClient(app);
      assert.deepEqual(await (await client.fetch("/prices/tea")).json(), { price: 3 });
      assert.deepEqual(events, ["opened"]);
      assert.equal(app.ready, true);
    }
    assert.deepEqual(events, ["opened", "closed"]);
    assert.equal(app.ready, false);
  });

  test("a mounted app has its own pages and errors", async () => {
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/admin/users")).json(), ["ada", "grace"]);
    const document = (await (await client.fetch("/admin/openapi.json")).json()) as {
      info: { title: string };
      servers: unknown;
    };
    assert.equal(document.info.title, "Shop administration");
    assert.deepEqual(document.servers, [{ url: "/admin" }]);
    assert.equal((await client.fetch("/admin/docs")).status, 200);
    assert.equal((await client.fetch("/admin/nothing")).status, 404);
    assert.equal(Object.keys((await admin.openapi()).paths).length, 1);
  });

  test("listens, limits and stops", async () => {
    const server = await serve(0);
    assert.equal((await fetch(`${server.url}/ready`)).status, 200);
    assert.equal((await fetch(`${server.url}/${"x".repeat(4_200)}`)).status, 414);
    assert.equal((await fetch(`${server.url}/prices/tea`, { method: "PUT", body: "more than eight" })).status, 413);
    assert.equal((await fetch(`${server.url}/prices/tea`, { headers: { "x-long": "x".repeat(20_000) } })).status, 431);
    await assert.rejects(app.listen({ port: 0 }), { code: "APUS_ALREADY_LISTENING" });
    assert.throws(() => app.get("/late", () => 1), { code: "APUS_FROZEN" });
    await server.stop();
    await assert.rejects(fetch(`${server.url}/ready`));
  });

  test("answers a platform request", async () => {
    // #region fetch
    const response = await app.fetch(new Request("http://localhost/prices/tea"));
    assert.deepEqual(await response.json(), { price: 3 });

    assert.equal(app.urlFor(readPrice, { name: "green tea" }), "/prices/green%20tea");
    // #endregion fetch
    await app.stop();
  });
});
