/** Puts a file where an application wants it: as a whole or not at all, and over another one only when that is asked for. */

import { randomUUID } from "node:crypto";
import { chmod, constants, copyFile, link, lstat, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface SaveOptions {
  /** Replaces a file that is there already; without it such a file is an error (EEXIST). */
  readonly overwrite?: boolean;
  /** Permissions of the saved file, 0o600 by default: what strangers sent is nobody else's to read or run. */
  readonly mode?: number;
}

/** Writes the content beside `path`, and gives it its name when it is whole. */
export async function saveContent(
  path: string | URL,
  options: SaveOptions,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  await placeFile(toPath(path), options, async (draft) => {
    const handle = await open(draft, "wx", 0o600);
    try {
      await write(handle);
    } finally {
      await handle.close();
    }
  });
}

/** Gives a file another name as well, without copying it where the file system allows. */
export async function saveCopy(source: string, path: string | URL, options: SaveOptions): Promise<void> {
  await placeFile(toPath(path), options, async (draft) => {
    try {
      await link(source, draft);
    } catch (error) {
      if (!unlinkable.has((error as { readonly code?: unknown }).code)) throw error;
      await copyFile(source, draft, constants.COPYFILE_EXCL);
    }
  });
}

/** Another device, and file systems that know no second names. */
const unlinkable: ReadonlySet<unknown> = new Set(["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

async function placeFile(
  path: string,
  { overwrite = false, mode = 0o600 }: SaveOptions,
  make: (draft: string) => Promise<void>,
): Promise<void> {
  // Asked before, so that nobody sends a large file in vain; the one that counts comes at the end.
  if (!overwrite) await checkFree(path);
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await make(draft);
    await chmod(draft, mode);
    if (overwrite) await rename(draft, path);
    else await nameExclusively(draft, path);
  } finally {
    await unlink(draft).catch(() => {});
  }
}

/** `rename` would replace what is there; a second name is refused when it is taken. */
async function nameExclusively(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!unlinkable.has((error as { readonly code?: unknown }).code)) throw error;
    await copyFile(draft, path, constants.COPYFILE_EXCL);
  }
}

async function checkFree(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  throw Object.assign(new Error(`EEXIST: file already exists, save '${path}'`), { code: "EEXIST", path });
}

function toPath(path: string | URL): string {
  return typeof path === "string" ? path : fileURLToPath(path);
}
