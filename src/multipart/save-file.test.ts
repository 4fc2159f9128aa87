/** Saving: whole or not at all, over another file only when asked, and nothing left beside it. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { saveContent, saveCopy } from "./save-file.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "save-file-test-"));
});
after(() => rm(folder, { recursive: true }));

const write =
  (text: string) =>
  (handle: { writeFile(text: string): Promise<void> }): Promise<void> =>
    handle.writeFile(text);

test("content and copies, by path or URL, readable by their owner unless a mode says otherwise", async () => {
  const first = join(folder, "first");
  await saveContent(first, {}, write("1"));
  await saveCopy(first, pathToFileURL(join(folder, "second")), { mode: 0o644 });
  assert.equal(await readFile(join(folder, "second"), "utf8"), "1");
  assert.equal((await stat(join(folder, "second"))).mode & 0o777, 0o644);
  const alone = join(folder, "alone");
  await saveContent(alone, {}, write("2"));
  assert.equal((await stat(alone)).mode & 0o777, 0o600);
});

test("a file that is there stays, unless overwrite is set", async () => {
  const path = join(folder, "taken");
  const source = join(folder, "source");
  await writeFile(path, "old");
  await writeFile(source, "copy");
  let asked = 0;
  await assert.rejects(
    saveContent(path, {}, async (handle) => {
      asked += 1;
      await handle.writeFile("new");
    }),
    { code: "EEXIST" },
  );
  assert.equal(asked, 0, "nothing is received in vain");
  await assert.rejects(saveCopy(source, path, {}), { code: "EEXIST" });
  assert.equal(await readFile(path, "utf8"), "old");
  await saveContent(path, { overwrite: true }, write("new"));
  assert.equal(await readFile(path, "utf8"), "new");
  await saveCopy(source, path, { overwrite: true });
  assert.equal(await readFile(path, "utf8"), "copy");
});

test("what fails leaves nothing, and what is there as it was", async () => {
  const path = join(folder, "failing");
  const fail = async (handle: { writeFile(text: string): Promise<void> }): Promise<void> => {
    await handle.writeFile("half");
    throw new Error("cut");
  };
  await assert.rejects(saveContent(path, {}, fail), /cut/);
  await writeFile(path, "old");
  await assert.rejects(saveContent(path, { overwrite: true }, fail), /cut/);
  assert.equal(await readFile(path, "utf8"), "old");
  await assert.rejects(saveContent(join(folder, "no", "folder"), {}, write("1")), { code: "ENOENT" });
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith(".part")),
    [],
  );
});

test("of several at one time that want one name, one gets it", async () => {
  const path = join(folder, "race");
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, at) => saveContent(path, {}, write(`${at}`))));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  const winner = results.findIndex(({ status }) => status === "fulfilled");
  assert.equal(await readFile(path, "utf8"), `${winner}`);
});
