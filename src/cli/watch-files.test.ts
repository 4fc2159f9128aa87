/** Watched files: written, moved over, created, and files that nobody asked for. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FileWatcher } from "./watch-files.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "apus-watch-")));
const watcher = new FileWatcher();
after(() => {
  watcher.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

test("changes of watched files count, however they are made, and no others", async () => {
  writeFileSync(at("a.ts"), "1");
  watcher.add(at("a.ts"));
  watcher.add(at("deep/down/b.ts"));

  for (let round = 0; round < 3; round += 1) {
    const change = watcher.nextChange();
    writeFileSync(at("a.ts.new"), String(round));
    renameSync(at("a.ts.new"), at("a.ts"));
    assert.equal(await change, at("a.ts"));
  }

  const quiet = watcher.nextChange();
  writeFileSync(at("other.ts"), "1");
  assert.equal(await Promise.race([quiet, sleep(200, "quiet")]), "quiet");

  const created = watcher.nextChange();
  mkdirSync(at("deep"));
  assert.equal(await created, at("deep"));
  mkdirSync(at("deep/down"));
  watcher.add(at("deep/down/b.ts"));
  const written = watcher.nextChange();
  writeFileSync(at("deep/down/b.ts"), "1");
  assert.equal(await written, at("deep/down/b.ts"));

  for (let round = 0; round < 3; round += 1) {
    const removed = watcher.nextChange();
    rmSync(at("deep/down"), { recursive: true });
    await removed;
    mkdirSync(at("deep/down"));
    watcher.add(at("deep/down/b.ts"));
    const anew = watcher.nextChange();
    writeFileSync(at("deep/down/b.ts"), "2");
    assert.equal(await anew, at("deep/down/b.ts"));
  }
});

test("a file that changed before it was known counts as changed", async () => {
  const since = Date.now() - 1_000;
  writeFileSync(at("late.ts"), "1");
  const change = watcher.nextChange();
  watcher.add(at("late.ts"), since);
  assert.equal(await change, at("late.ts"));
});
