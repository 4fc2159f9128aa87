/** Versions of a file: tags and dates, and which of them can be trusted. */

import assert from "node:assert/strict";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { plainRequest } from "../../test/journey/plain-request.ts";
import { allowsParts, findHeld, readVersion, type FileVersion } from "./file-version.ts";
import { openFile } from "./open-file.ts";

const folder = await mkdtemp(join(tmpdir(), "file-version-test-"));
after(() => rm(folder, { recursive: true }));

const date = "Sun, 06 Nov 1994 08:49:37 GMT";
const seconds = Date.parse(date) / 1_000;

async function versionOf(content: string, modified: number, source = {}): Promise<FileVersion> {
  const path = join(folder, "file");
  await writeFile(path, content);
  await utimes(path, modified, modified);
  const file = await openFile(path);
  assert.ok(file !== undefined);
  await file.close();
  return readVersion(file, source);
}

test("size and date make a strong tag, which a copy has too", async () => {
  const version = await versionOf("swift", seconds);
  assert.deepEqual(version, { etag: version.etag, lastModified: seconds * 1_000, isSettled: true });
  assert.match(version.etag ?? "", /^"[\w-]+"$/);
  assert.equal((await versionOf("Swift", seconds)).etag, version.etag);
  assert.notEqual((await versionOf("swifts", seconds)).etag, version.etag);
  assert.notEqual((await versionOf("swift", seconds + 0.001)).etag, version.etag);
  assert.notEqual((await versionOf("swift", seconds, { coding: "br" })).etag, version.etag);
  assert.equal((await versionOf("swift", seconds, { etag: '"v1"' })).etag, '"v1"');
  assert.equal((await versionOf("swift", seconds, { etag: false })).etag, undefined);
});

test("a file of this moment, or of the future, has a weak tag", async () => {
  const now = Date.now() / 1_000;
  const fresh = await versionOf("swift", now);
  assert.match(fresh.etag ?? "", /^W\/"/);
  assert.equal(fresh.isSettled, false);
  const future = await versionOf("swift", now + 86_400);
  assert.ok((future.lastModified ?? Infinity) <= Date.now());
  assert.match(future.etag ?? "", /^W\/"/);
});

test("a date that packers set for every file is not taken for one", async () => {
  // The date of every file in an npm package.
  const packed = Date.UTC(1985, 9, 26, 8, 15) / 1_000;
  const version = await versionOf("swift", packed);
  assert.equal(version.lastModified, undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const opaque = (tag: string | undefined): string => tag?.replace("W/", "") ?? assert.fail("no tag");
  assert.notEqual(opaque((await versionOf("Swift", packed)).etag), opaque(version.etag));
});

test("what the client has: tags before dates", () => {
  const version: FileVersion = { etag: '"a"', lastModified: seconds * 1_000, isSettled: true };
  const held = (headers: Record<string, string>): string | undefined =>
    findHeld(plainRequest("/", { headers }), version)?.etag;
  assert.equal(held({}), undefined);
  assert.equal(held({ "if-none-match": '"a"' }), '"a"');
  assert.equal(held({ "if-none-match": '"x", W/"a"' }), 'W/"a"');
  assert.equal(held({ "if-none-match": "*" }), '"a"');
  assert.equal(held({ "if-none-match": '"x"', "if-modified-since": date }), undefined);
  assert.equal(held({ "if-modified-since": date }), '"a"');
  assert.equal(held({ "if-modified-since": "Sun, 06 Nov 1994 08:49:36 GMT" }), undefined);
  assert.equal(held({ "if-modified-since": "1994" }), undefined);
});

test("parts fit the same strong tag, or exactly the same date", () => {
  const strong: FileVersion = { etag: '"a"', lastModified: seconds * 1_000, isSettled: true };
  const weak: FileVersion = { etag: 'W/"a"', lastModified: seconds * 1_000, isSettled: false };
  const allows = (field: string | undefined, version: FileVersion): boolean =>
    allowsParts(plainRequest("/", { headers: field === undefined ? {} : { "if-range": field } }), version);
  assert.deepEqual(
    [undefined, '"a"', date].map((field) => allows(field, strong)),
    [true, true, true],
  );
  for (const field of [
    'W/"a"',
    '"b"',
    '"a", "b"',
    "*",
    "a",
    "Sun, 06 Nov 1994 08:49:38 GMT",
    "Sun, 06 Nov 1994 08:49:36 GMT",
  ]) {
    assert.equal(allows(field, strong), false, field);
  }
  assert.deepEqual(
    [undefined, '"a"', 'W/"a"', date].map((field) => allows(field, weak)),
    [true, false, false, false],
  );
});
