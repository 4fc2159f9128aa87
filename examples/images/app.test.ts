/** Thumbnails with progress, in workers and not; what the loop guard says of the latter; and the page in a browser. */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { loopGuardReport, type HeldSite } from "apus";
import { testClient } from "apus/testing";
import { offload } from "apus/workers";
import { findChromium, openBrowser } from "../../test/journey/docs-browser.ts";
import type * as images from "./app.ts";
import { decodePng, encodePng } from "./png.ts";

process.env["LOG_LEVEL"] = "silent";
const { app } = await import("./app.ts");

after(() => offload.close());

const chromium = findChromium();
const skip = chromium === undefined ? "no Chromium on this machine: set CHROMIUM_PATH to run the browser tests" : false;

function paint(width: number, height: number): File {
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at >> 4) & 255));
  return new File([encodePng({ width, height, pixels })], "stripes.png", { type: "image/png" });
}

for (const path of ["/thumbnails", "/naive/thumbnails"] as const) {
  test(`POST ${path} tells its progress and gives thumbnails of every size`, async () => {
    await using client = await testClient<typeof images>(app);
    const before = offload.stats().completed;
    const shares: number[] = [];
    const thumbnails: { readonly url: string; readonly width: number; readonly height: number }[] = [];
    for await (const step of await client.post(path, { files: { image: paint(600, 300) } })) {
      shares.push(step.progress);
      if (step.thumbnail !== undefined) thumbnails.push(step.thumbnail);
    }
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.ok(shares.length > 20 && shares.at(-1) === 1);
    assert.deepEqual(
      thumbnails.map(({ width, height }) => [width, height]),
      [
        [512, 256],
        [256, 128],
        [128, 64],
        [64, 32],
      ],
    );
    for (const { url, width, height } of thumbnails) {
      const answer = await client.fetch(url);
      assert.equal(answer.headers.get("content-type"), "image/png");
      const picture = decodePng(await answer.bytes());
      assert.deepEqual([picture.width, picture.height], [width, height]);
    }
    assert.equal(offload.stats().completed - before, path === "/thumbnails" ? 1 : 0);
  });

  test(`POST ${path} refuses what it cannot read, before it begins to answer`, async () => {
    await using client = await testClient<typeof images>(app);
    const cut = new File([(await paint(600, 300).bytes()).subarray(0, 100)], "cut.png");
    const outcome = await client.post.outcome(path, { files: { image: cut } });
    assert.deepEqual([outcome.ok, outcome.status], [false, 422]);
    const text = new File(["GIF89a"], "a.png", { type: "image/png" });
    assert.equal((await client.post.outcome(path, { files: { image: text } })).status, 415);
  });
}

test("a thumbnail that is not there is a 404", async () => {
  await using client = await testClient<typeof images>(app);
  assert.equal((await client.fetch(`/thumbnails/${crypto.randomUUID()}`)).status, 404);
});

test("who leaves gives the work up", { timeout: 50_000 }, async () => {
  await using client = await testClient<typeof images>(app, { socket: true });
  const { abandoned } = offload.stats();
  // Again, if it should have been done before the server heard of it.
  do {
    for await (const step of await client.post("/thumbnails", { files: { image: paint(2_000, 2_000) } })) {
      assert.ok(step.progress < 1);
      break;
    }
    while (offload.stats().busy > 0) await sleep(10);
  } while (offload.stats().abandoned === abandoned);
});

/** Sends larger and larger pictures: one may be done before the guard looks, or fall on a moment in which the machine is busy. */
async function holdLoop(): Promise<HeldSite> {
  await using client = await testClient<typeof images>(app, { socket: true });
  for (let side = 1_000; ; side = Math.min(side * 1.5, 4_500)) {
    const image = paint(Math.round(side), Math.round(side));
    for await (const _step of await client.post("/naive/thumbnails", { files: { image } }));
    await sleep(500);
    const site = loopGuardReport().find(({ kind, route }) => kind === "code" && route === "/naive/thumbnails");
    if (site?.file !== undefined) return site;
  }
}

test("the guard names the file and the route that held the event loop", { timeout: 50_000 }, async () => {
  const { method, file } = await holdLoop();
  assert.equal(method, "POST");
  assert.match(file ?? "", /^examples\/images\/(?:png|shrink|thumbnails)\.ts$/);
});

test("the page uploads, draws the progress and shows the thumbnails", { skip }, async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const browser = await openBrowser(chromium as string);
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.goto(server.url);
    const send = async (name: string, buffer: Buffer): Promise<void> => {
      await page.getByLabel("Image").setInputFiles({ name, mimeType: "image/png", buffer });
      await page.getByRole("button", { name: "Make thumbnails" }).click();
    };
    const seeThumbnails = async (alt: string): Promise<void> => {
      await page.getByRole("img", { name: alt }).waitFor();
      await page.getByText("Done.").waitFor();
      await page.waitForFunction("[...document.images].filter((image) => image.naturalWidth > 0).length === 4");
      assert.equal(await page.evaluate("document.querySelector('progress').value"), 1);
      // It may be used again: the last thing that a run does.
      await page.locator("#sample:enabled").waitFor();
      assert.match((await page.textContent("#slowest")) ?? "", /^\d+\.\d ms$/);
    };
    await send("stripes.png", Buffer.from(await paint(1_200, 600).bytes()));
    await seeThumbnails("512 × 256");
    const folder = join(tmpdir(), "apus-screenshots", "images");
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "page.png"), fullPage: true });
    await send("broken.png", Buffer.from(await paint(1_200, 600).bytes()).subarray(0, 99));
    await page.getByText("This PNG does not hold the pixels").waitFor();
    // A PNG that a browser has written.
    await page.getByLabel("on the event loop").check();
    await page.locator("#sample:enabled").click();
    await seeThumbnails("512 × 384");
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
