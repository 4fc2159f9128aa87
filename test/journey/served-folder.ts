/** A folder of files for the tests that serve one, and what is still open of it. */

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

/** The date of every file: old enough for strong tags. */
export const fileDate = "Sun, 06 Nov 1994 08:49:37 GMT";

/** Makes a folder with these files, by path; it is removed after the tests. Links are the texts that begin with "→ ". */
export function createServedFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "served-folder-")));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "string" && content.startsWith("→ ")) {
      symlinkSync(content.slice(2), path);
      continue;
    }
    writeFileSync(path, content);
    utimesSync(path, Date.parse(fileDate) / 1_000, Date.parse(fileDate) / 1_000);
  }
  return folder;
}

/** Asserts that nothing below the folder stays open; where the system does not say, nothing is. */
export async function assertClosed(folder: string): Promise<void> {
  for (let turn = 0; turn < 200 && listOpen(folder).length > 0; turn += 1) await sleep(10);
  assert.deepEqual(listOpen(folder), []);
}

/** Paths below the folder that this process has open. */
function listOpen(folder: string): readonly string[] {
  const place = "/proc/self/fd";
  if (!existsSync(place)) return [];
  return readdirSync(place).flatMap((descriptor) => {
    try {
      const path = readlinkSync(join(place, descriptor));
      return path.startsWith(folder) ? [path] : [];
    } catch {
      // It was closed meanwhile.
      return [];
    }
  });
}
