/** The typed client in a real browser: the same source, types stripped, calling the app that serves it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";
import { App, fail, text } from "apus";
import { z } from "zod";
import { findChromium, openBrowser, openVisit } from "./docs-browser.ts";

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;
const sources = new URL("../../src/", import.meta.url);

function buildApp(): App {
  const app = new App({ log: false });
  app.get(
    "/page",
    () => new Response("<!doctype html><title>client</title>", { headers: { "content-type": "text/html" } }),
  );
  app.get("/source/{path:path}", async ({ path }) => {
    if (!/^(?:client\.ts|(?:client|errors)\/[a-z-]+\.ts)$/.test(path.path)) fail(404);
    const source = await readFile(new URL(path.path, sources), "utf8");
    return text(stripTypeScriptTypes(source), { headers: { "content-type": "text/javascript" } });
  });
  const Item = z.object({ id: z.int(), name: z.string() });
  app.get("/items/{id:int}", { response: Item, errors: { 404: z.object({ id: z.int() }) } }, ({ path }) =>
    path.id === 1 ? { id: 1, name: "Swift" } : fail(404, { id: path.id }),
  );
  app.post("/items", { body: Item, response: Item, status: 201 }, ({ body }) => body);
  return app;
}

const calls = `(async () => {
  const { createClient, ClientError } = await import("/source/client.ts");
  const client = createClient({ baseUrl: location.origin });
  const read = await client.get("/items/{id:int}", { path: { id: 1 } });
  const made = await client.post("/items", { body: { id: 2, name: "Äpus" } });
  const outcome = await client.get.outcome("/items/{id:int}", { path: { id: 3 } });
  const refused = await client.post("/items", { body: {} }).catch((error) => [error instanceof ClientError, error.status]);
  return { read, made, problem: outcome.problem.id, refused };
})()`;

test("the typed client runs in a browser", { skip }, async () => {
  const app = buildApp();
  await using server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  const browser = await openBrowser(chromium as string);
  try {
    const { page } = await openVisit(browser);
    await page.goto(`${server.url}/page`);
    assert.deepEqual(await page.evaluate(calls), {
      read: { id: 1, name: "Swift" },
      made: { id: 2, name: "Äpus" },
      problem: 3,
      refused: [true, 422],
    });
  } finally {
    await browser.close();
  }
});
