/** A folder that is served: what lies in it, what only seems to, and links. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { StaticFolder, type FolderRules } from "./static-folder.ts";

const base = await mkdtemp(join(tmpdir(), "static-folder-test-"));
const root = join(base, "public");
after(() => rm(base, { recursive: true }));

for (const path of ["public/deep", "public/.git", "public/.well-known", "public-other", "outside"]) {
  await mkdir(join(base, path), { recursive: true });
}
for (const path of [
  "public/a",
  "public/deep/b",
  "public/.env",
  "public/.git/config",
  "public/.well-known/c",
  "public-other/d",
  "outside/e",
]) {
  await writeFile(join(base, path), path);
}
await symlink(join(root, "a"), join(root, "inner"));
await symlink("../outside/e", join(root, "outer"));
await symlink("../public-other", join(root, "sibling"));
await symlink("deep", join(root, "way"));
await symlink(".env", join(root, "visible"));
await symlink("loop", join(root, "loop"));

const usual: FolderRules = { dotfiles: "ignore", symlinks: "inside" };

/** What is found: a file's size, "folder", or nothing. */
async function find(folder: StaticFolder, path: string): Promise<number | "folder" | undefined> {
  const file = await folder.open(path.split("/"));
  await file?.close();
  return file?.isFolder === true ? "folder" : file?.size;
}

test("files and folders inside", async () => {
  const folder = new StaticFolder(pathToFileURL(`${root}/`), usual);
  assert.equal(await find(folder, "a"), "public/a".length);
  assert.equal(await find(folder, "deep/b"), "public/deep/b".length);
  assert.equal(await find(folder, "deep"), "folder");
  assert.equal(await find(folder, "none"), undefined);
  assert.equal(await find(folder, "a/b"), undefined);
  assert.equal(await find(folder, "x".repeat(5_000)), undefined);
});

test("62 CVE-2024-23334: links are followed inside, and nowhere else", async () => {
  const folder = new StaticFolder(root, usual);
  assert.equal(await find(folder, "inner"), "public/a".length);
  assert.equal(await find(folder, "way/b"), "public/deep/b".length);
  for (const path of ["outer", "sibling", "sibling/d", "loop"]) assert.equal(await find(folder, path), undefined, path);
  const strict = new StaticFolder(root, { ...usual, symlinks: "refuse" });
  assert.equal(await find(strict, "a"), "public/a".length);
  for (const path of ["inner", "way", "way/b", "outer"]) assert.equal(await find(strict, path), undefined, path);
});

test("a name that was fine before is looked at again when it leads to another file", async () => {
  const folder = new StaticFolder(root, usual);
  const path = join(root, "changing");
  await writeFile(path, "mine");
  assert.equal(await find(folder, "changing"), 4);
  assert.equal(await find(folder, "changing"), 4);
  await unlink(path);
  await symlink("../outside/e", path);
  assert.equal(await find(folder, "changing"), undefined);
  await rename(join(root, "deep"), join(root, "moved"));
  await symlink("../outside", join(root, "deep"));
  await writeFile(join(base, "outside/b"), "outside");
  assert.equal(await find(folder, "deep/b"), undefined);
  await unlink(join(root, "deep"));
  await rename(join(root, "moved"), join(root, "deep"));
  assert.equal(await find(folder, "deep/b"), "public/deep/b".length);
});

test("names that begin with a dot, also behind a link", async () => {
  const folder = new StaticFolder(root, usual);
  for (const path of [".env", ".git", ".git/config", "visible"])
    assert.equal(await find(folder, path), undefined, path);
  assert.equal(await find(folder, ".well-known/c"), "public/.well-known/c".length);
  const open = new StaticFolder(root, { ...usual, dotfiles: "allow" });
  for (const path of [".env", ".git/config", "visible"]) assert.equal(typeof (await find(open, path)), "number", path);
});

test("a folder that lies behind a link, or below a name with a dot, is served", async () => {
  await symlink(root, join(base, "current"));
  assert.equal(
    await find(new StaticFolder(join(base, "current"), { ...usual, symlinks: "refuse" }), "a"),
    "public/a".length,
  );
  assert.equal(await find(new StaticFolder(join(root, ".git"), usual), "config"), "public/.git/config".length);
});

test("a pipe is no file, and holds nobody up", { skip: process.platform === "win32" }, async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  assert.equal(await find(new StaticFolder(root, usual), "pipe"), undefined);
  assert.equal(await find(new StaticFolder("/dev", usual), "null"), undefined);
});

test("a second name of a file outside is a file inside: only the system could tell", async () => {
  await link(join(base, "outside/e"), join(root, "hard"));
  assert.equal(await find(new StaticFolder(root, usual), "hard"), "outside/e".length);
});

test("a folder that does not exist is said when somebody asks, and found once it does", async () => {
  const folder = new StaticFolder(join(base, "later"), usual);
  await assert.rejects(find(folder, "a"), { code: "APUS_BAD_OPTION" });
  await mkdir(join(base, "later"));
  await writeFile(join(base, "later/a"), "x");
  assert.equal(await find(folder, "a"), 1);
});
