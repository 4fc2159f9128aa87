/** Security headers on every kind of answer, and the documentation in a browser that obeys them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, html } from "apus";
import { securityHeaders } from "apus/middleware/security-headers";
import { testClient } from "apus/testing";
import { checkRedoc, checkSwagger, findChromium, openBrowser, openVisit, type ExpectedDocs } from "./docs-browser.ts";
import { onEveryEdge } from "./edges.ts";

function buildSite(): App {
  const app = new App({ log: false, title: "Guarded" });
  app.use(securityHeaders({ contentSecurityPolicy: "default-src 'none'", permissionsPolicy: "camera=()" }));
  app.get("/items/{id:int}", { summary: "Read one item" }, ({ path }) => ({ item: `number ${path.id}` }));
  app.get("/page", () => html("<p>page</p>", { headers: { "content-security-policy": "default-src 'self'" } }));
  app.get("/broken", () => {
    throw new Error("broken");
  });
  return app;
}

onEveryEdge("every answer has them, errors too", buildSite, async (client) => {
  for (const path of ["/items/1", "/items/x", "/nothing", "/broken", "/health", "/openapi.json", "/docs"]) {
    const { headers } = await client.fetch(path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY", path);
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin", path);
    assert.equal(headers.get("permissions-policy"), "camera=()", path);
    assert.equal(headers.get("strict-transport-security"), null, path);
  }
});

onEveryEdge("what a handler or a page of the app sets wins", buildSite, async (client) => {
  assert.equal((await client.fetch("/items/1")).headers.get("content-security-policy"), "default-src 'none'");
  assert.equal((await client.fetch("/page")).headers.get("content-security-policy"), "default-src 'self'");
  assert.match((await client.fetch("/docs")).headers.get("content-security-policy") ?? "", /script-src 'self'/);
});

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

test("the documentation works under them", { skip }, async () => {
  await using client = await testClient(buildSite(), { socket: true });
  const browser = await openBrowser(chromium as string);
  const expect = (page: string): ExpectedDocs => ({
    url: `${client.baseUrl}${page}`,
    texts: ["Guarded"],
    operation: {
      method: "GET",
      path: "/items/{id}",
      summary: "Read one item",
      parameters: { id: "7" },
      answer: "number 7",
    },
  });
  try {
    await checkSwagger(await openVisit(browser), expect("/docs"));
    await checkRedoc(await openVisit(browser), expect("/redoc"));
  } finally {
    await browser.close();
  }
});
