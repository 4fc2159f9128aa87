/** Folders of requests: private, with names that nobody can guess, gone with the request; stale ones with the next start. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, test } from "node:test";
import { UploadFolder } from "./upload-folder.ts";

const place = mkdtempSync(join(tmpdir(), "upload-folder-test-"));
after(() => rmSync(place, { recursive: true }));

test("122 CVE-2025-46653: files have random names in a folder of their own, which only their user may enter", async () => {
  const folder = new UploadFolder();
  const one = await folder.createFile();
  const two = await folder.createFile();
  assert.equal(dirname(one.path), dirname(two.path));
  assert.match(basename(one.path), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(one.path, two.path);
  assert.equal(statSync(dirname(one.path)).mode & 0o777, 0o700);
  assert.equal(statSync(one.path).mode & 0o777, 0o600);
  await Promise.all([one.handle.close(), two.handle.close()]);
  await Promise.all([folder.remove(), folder.remove()]);
  assert.ok(!existsSync(dirname(one.path)));
});

test("a folder that was never needed is never made", async () => {
  await new UploadFolder().remove();
});

/** Makes a folder in a process of its own, which ends under it; gives its name. */
function leaveFolder(end: "process.kill(process.pid, 'SIGKILL')" | "process.exit()" | "throw new Error()"): string {
  const code = `
    const { UploadFolder } = await import(${JSON.stringify(import.meta.resolve("./upload-folder.ts"))});
    const { path } = await new UploadFolder().createFile();
    process.stdout.write(path, () => { ${end} });`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    env: { ...process.env, TMPDIR: place, TEMP: place },
    encoding: "utf8",
  });
  return basename(dirname(run.stdout.trim()));
}

test("what a process that is gone has left behind is removed by the next one, and nothing else", () => {
  const first = leaveFolder("process.kill(process.pid, 'SIGKILL')");
  assert.deepEqual(readdirSync(place), [first]);
  const [apus, uploads, machine = ""] = first.split("-");
  const alive = [apus, uploads, machine, process.pid, 0, "aaaaaa"].join("-");
  const elsewhere = [apus, uploads, "0".repeat(machine.length), 99_999_999, 0, "aaaaaa"].join("-");
  const link = [apus, uploads, machine, 99_999_998, 0, "aaaaaa"].join("-");
  mkdirSync(join(place, alive));
  mkdirSync(join(place, elsewhere));
  mkdirSync(join(place, "target"));
  writeFileSync(join(place, "target", "kept"), "");
  symlinkSync(join(place, "target"), join(place, link));
  const second = leaveFolder("process.kill(process.pid, 'SIGKILL')");
  assert.deepEqual(readdirSync(place).toSorted(), [alive, elsewhere, link, second, "target"].toSorted());
  assert.ok(existsSync(join(place, "target", "kept")));
});

test("a process that exits, or fails, removes the folders of requests under way", () => {
  for (const end of ["process.exit()", "throw new Error()"] as const) {
    const left = leaveFolder(end);
    assert.match(left, /^apus-uploads-/);
    assert.ok(!readdirSync(place).includes(left), end);
  }
});
