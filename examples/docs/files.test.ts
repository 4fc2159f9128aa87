/** docs/files.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app } from "./files.ts";

const html = { accept: "text/html" };

describe("docs/files.md", () => {
  test("a file is shown, or saved under a name", async () => {
    await using client = await testClient(app);
    const shown = await client.fetch("/bird");
    assert.equal(shown.headers.get("content-type"), "image/svg+xml");
    assert.equal(shown.headers.get("content-disposition"), null);
    const saved = await client.fetch("/download");
    assert.match(saved.headers.get("content-disposition") ?? "", /^attachment; filename="[^"]+"; filename\*=UTF-8''/);
  });

  test("ranges, conditions and HEAD", async () => {
    await using client = await testClient(app, { socket: true });
    const whole = await (await client.fetch("/bird")).text();
    const part = await client.fetch("/bird", { headers: { range: "bytes=0-3" } });
    assert.deepEqual([part.status, await part.text()], [206, "<svg"]);
    const head = await client.fetch("/bird", { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(whole.length));
    const headers = { "if-none-match": head.headers.get("etag") ?? "" };
    assert.equal((await client.fetch("/bird", { headers })).status, 304);
  });

  test("a path of a client stays in the folder", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/reports/bird.svg")).status, 200);
    for (const path of ["..%2Ffiles.ts", "%2e%2e%5Cfiles.ts", "none.svg"]) {
      assert.equal((await client.fetch(`/reports/${path}`)).status, 404, path);
    }
  });

  test("a folder with its index", async () => {
    await using client = await testClient(app);
    assert.match(await (await client.fetch("/assets/")).text(), /Swifts/);
    const bird = await client.fetch("/assets/bird.svg");
    assert.equal(bird.headers.get("cache-control"), "no-cache");
  });

  test("a single-page app", async () => {
    await using client = await testClient(app);
    const page = await client.fetch("/birds/7", { headers: html });
    assert.deepEqual([page.status, page.headers.get("cache-control")], [200, "no-cache"]);
    assert.match(await page.text(), /Swifts/);
    assert.equal((await client.fetch("/birds/7")).status, 404);
    const bird = await client.fetch("/bird.svg");
    assert.equal(bird.headers.get("cache-control"), "max-age=31536000, immutable");
  });
});
