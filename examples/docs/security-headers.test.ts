/** docs/security-headers.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { app, strict } from "./security-headers.ts";

async function read(target: typeof app, url: string): Promise<Record<string, string>> {
  return Object.fromEntries((await target.fetch(new Request(url))).headers);
}

describe("docs/security-headers.md", () => {
  test("the defaults are those of the table", async () => {
    const headers = await read(app, "https://example.com/");
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["referrer-policy"], "same-origin");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
    assert.equal(headers["strict-transport-security"], "max-age=31536000");
    assert.equal(headers["content-security-policy"], undefined);
    assert.equal(headers["permissions-policy"], undefined);
    assert.equal((await read(app, "http://example.com/"))["strict-transport-security"], undefined);
  });

  test("each can be set or left out, and what a page sets stays", async () => {
    const headers = await read(strict, "http://example.com/");
    assert.equal(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers["permissions-policy"], "camera=(), microphone=()");
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin");
    assert.equal(headers["x-frame-options"], undefined);
    const docs = await read(strict, "http://example.com/docs");
    assert.match(docs["content-security-policy"] ?? "", /script-src 'self'/);
  });
});
