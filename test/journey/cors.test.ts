/** CORS as a browser on another origin meets it: answers, errors, preflights, and caches in between. */

import assert from "node:assert/strict";
import { App, fail } from "apus";
import { cors } from "apus/middleware/cors";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

const shop = "https://shop.example";
const calls: string[] = [];

function buildShop(): App {
  const app = new App({ log: false });
  app.use(cors({ origins: [shop], credentials: true, exposeHeaders: ["x-total"] }));
  app.use(async (_request, next) => {
    const response = await next();
    return { ...response, headers: [...response.headers, ["vary", "Accept"]] };
  });
  app.get("/items", ({ response }) => {
    response.setHeader("x-total", "7");
    return [];
  });
  app.put("/items/{id:int}", { body: z.object({ name: z.string() }) }, ({ path }) => {
    calls.push(`PUT ${path.id}`);
    return { id: path.id };
  });
  app.options("/own", () => ({ own: true }));
  app.get("/secret", () => fail(401, "Log in."));
  app.get("/broken", () => {
    throw new Error("broken");
  });
  return app;
}

onEveryEdge("answers and errors can be read by the listed origin, and by no other", buildShop, async (client) => {
  for (const [method, path, status] of [
    ["GET", "/items", 200],
    ["HEAD", "/items", 200],
    ["GET", "/nothing", 404],
    ["DELETE", "/items", 405],
    ["PUT", "/items/one", 422],
    ["GET", "/secret", 401],
    ["GET", "/broken", 500],
    ["GET", "/openapi.json", 200],
  ] as const) {
    const known = await client.fetch(path, { method, headers: { origin: shop } });
    assert.equal(known.status, status, path);
    assert.equal(known.headers.get("access-control-allow-origin"), shop, path);
    assert.equal(known.headers.get("access-control-allow-credentials"), "true", path);
    assert.equal(known.headers.get("access-control-expose-headers"), "x-total", path);
    for (const headers of [{ origin: "https://other.example" }, { origin: "null" }, {}]) {
      const unknown = await client.fetch(path, { method, headers });
      assert.equal(unknown.status, status, path);
      assert.equal(unknown.headers.get("access-control-allow-origin"), null, path);
      assert.equal(unknown.headers.get("access-control-allow-credentials"), null, path);
      assert.equal(unknown.headers.get("vary"), "Accept, Origin", `168 hono d9b8b4b7: ${path}`);
    }
  }
});

onEveryEdge("a preflight reaches no route, a plain OPTIONS does", buildShop, async (client) => {
  const asked = { "access-control-request-method": "PUT", "access-control-request-headers": "content-type,x-one" };
  const preflight = await client.fetch("/items/1", { method: "OPTIONS", headers: { origin: shop, ...asked } });
  assert.equal(preflight.status, 204);
  assert.equal(await preflight.text(), "");
  assert.equal(preflight.headers.get("access-control-allow-origin"), shop);
  assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /\bPUT\b/);
  assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type, x-one");
  assert.equal(preflight.headers.get("allow"), null);
  const stranger = { origin: "https://other.example", ...asked };
  const refused = await client.fetch("/items/1", { method: "OPTIONS", headers: stranger });
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
  assert.match(refused.headers.get("vary") ?? "", /^Origin, Access-Control-Request-Method/);
  const plain = await client.fetch("/items", { method: "OPTIONS", headers: { origin: shop } });
  assert.equal(plain.headers.get("allow"), "GET, HEAD, OPTIONS");
  const own = await client.fetch("/own", { method: "OPTIONS", headers: { origin: shop } });
  assert.deepEqual(await own.json(), { own: true });
  assert.deepEqual(calls, []);
});

onEveryEdge("133 hono 93fc250d: spaces between names cost nothing and are not reflected", buildShop, async (client) => {
  const headers = {
    origin: shop,
    "access-control-request-method": "PUT",
    "access-control-request-headers": `x${" ".repeat(10_000)}x`,
  };
  const answer = await client.fetch("/items/1", { method: "OPTIONS", headers });
  assert.deepEqual([answer.status, answer.headers.get("access-control-allow-headers")], [204, null]);
});

function buildMounted(): App {
  const open = new App({ log: false });
  open.use(cors({ origins: "*" }));
  open.put("/items", () => []);
  const app = new App({ log: false });
  app.mount("/open", open);
  app.put("/closed", () => []);
  return app;
}

onEveryEdge("a mounted app has a policy of its own", buildMounted, async (client) => {
  const init = { method: "OPTIONS", headers: { origin: shop, "access-control-request-method": "PUT" } };
  const inside = await client.fetch("/open/items", init);
  assert.deepEqual([inside.status, inside.headers.get("access-control-allow-origin")], [204, "*"]);
  const outside = await client.fetch("/closed", init);
  assert.equal(outside.headers.get("access-control-allow-origin"), null);
});
