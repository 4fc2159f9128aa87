/** The ticker: its events, and its page in a browser, through a restart of the server. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createClient } from "apus/client";
import { findChromium, openBrowser } from "../../test/journey/docs-browser.ts";
import type * as ticker from "./app.ts";

process.env["LOG_LEVEL"] = "silent";
process.env["PACE"] = "20";
const { app } = await import("./app.ts");

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

test("prices come one after the other, from where the client was", async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const client = createClient<typeof ticker>({ baseUrl: server.url });
  const seen: number[] = [];
  for await (const { data } of await client.get("/prices", { headers: { "last-event-id": 5 } })) {
    seen.push(data.at);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, [6, 7, 8]);
});

test("the page draws them, and goes on when the server is back", { skip }, async () => {
  const first = await app.listen({ port: 0, signals: false });
  const { port } = first;
  const browser = await openBrowser(chromium as string);
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(first.url);
    const last = async (): Promise<number> => Number(await page.getAttribute("body", "data-last"));
    await page.waitForFunction("Number(document.body.dataset.last) > 5");
    await first.stop();
    const before = await last();
    await using _second = await app.listen({ port, signals: false });
    await page.waitForFunction(`Number(document.body.dataset.last) > ${before + 5}`);
    // Both at one moment: prices keep coming.
    const seen = "[document.getElementById('line').points.numberOfItems, Number(document.body.dataset.last)]";
    const [points, latest] = await page.evaluate<[number, number]>(seen);
    assert.equal(points, Math.min(100, latest), "no price is missing, and none came twice");
    assert.equal(await page.textContent("#state"), "live");
    const folder = join(tmpdir(), "apus-screenshots", "ticker");
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "page.png") });
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
