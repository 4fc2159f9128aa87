/** The gallery: uploads by the typed client, on its page in a browser, and in Swagger UI. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testClient } from "apus/testing";
import { findChromium, openBrowser, openVisit } from "../../test/journey/docs-browser.ts";
import type * as gallery from "./app.ts";

process.env["LOG_LEVEL"] = "silent";
const { app } = await import("./app.ts");

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

/** One red pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

test("an image is uploaded, listed and shown; what is none is refused", async () => {
  await using client = await testClient<typeof gallery>(app, { socket: true });
  const image = new File([png], "../../pixel.png", { type: "text/html" });
  const added = await client.post("/images", { form: { title: "A pixel" }, files: { image } });
  assert.deepEqual([added.name, added.type, added.size], ["pixel.png", "image/png", png.length]);
  assert.deepEqual(await client.get("/images"), [added]);
  const shown = await client.fetch(`/images/${added.id}`);
  assert.deepEqual(
    [shown.headers.get("content-type"), shown.headers.get("x-content-type-options")],
    ["image/png", "nosniff"],
  );
  assert.ok(Buffer.from(await shown.arrayBuffer()).equals(png));
  const script = new File(["<svg onload=alert(1)>"], "a.png", { type: "image/png" });
  const refused = await client.post.outcome("/images", { form: { title: "x" }, files: { image: script } });
  assert.deepEqual([refused.ok, refused.status], [false, 415]);
  const untitled = await client.post.outcome("/images", { form: { title: " " }, files: { image } });
  assert.ok(!untitled.ok && untitled.status === 422);
  assert.deepEqual(
    untitled.problem.errors.map(({ pointer }) => pointer),
    ["/title"],
  );
});

test("the page uploads and shows images, and says why one is refused", { skip }, async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const browser = await openBrowser(chromium as string);
  try {
    const { page, problems } = await openVisit(browser);
    await page.goto(server.url);
    const upload = async (title: string, name: string, buffer: Buffer): Promise<void> => {
      await page.getByLabel("Title").fill(title);
      await page.getByLabel("Image").setInputFiles({ name, mimeType: "image/png", buffer });
      await page.getByRole("button", { name: "Upload" }).click();
    };
    await upload("Größe", "größe.png", png);
    await page.getByText(`größe.png was added: ${png.length} bytes.`).waitFor();
    const image = page.getByRole("img", { name: "Größe" });
    await image.waitFor();
    await page.waitForFunction("document.querySelector('#images img').naturalWidth === 1");
    assert.deepEqual(problems, []);
    await upload("no image", "a.png", Buffer.from("GIF?"));
    await page.getByText('The file "image" is not of the type').waitFor();
    await page.reload();
    await image.waitFor();
    const folder = join(tmpdir(), "apus-screenshots", "uploads");
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "page.png") });
  } finally {
    await browser.close();
  }
});

test("Swagger UI uploads an image", { skip }, async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const browser = await openBrowser(chromium as string);
  try {
    const { page, problems } = await openVisit(browser);
    await page.goto(`${server.url}/docs`);
    const block = page.locator(".opblock-post", { has: page.locator('[data-path="/images"]') });
    await block.locator(".opblock-summary-control").click();
    const tryItOut = block.getByRole("button", { name: "Try it out" });
    if (await tryItOut.isVisible()) await tryItOut.click();
    await block.locator('tr[data-property-name="title"] input').fill("From the docs");
    const file = { name: "docs.png", mimeType: "image/png", buffer: png };
    await block.locator('tr[data-property-name="image"] input[type="file"]').setInputFiles(file);
    await block.getByRole("button", { name: "Execute" }).click();
    const answer = block.locator(".live-responses-table .response-col_description");
    await answer.getByText("From the docs").first().waitFor();
    await answer.getByText("docs.png").first().waitFor();
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
