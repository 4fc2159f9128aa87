/** A request's own folder for what does not stay in memory: private, unguessable, removed with the request; stale ones at the next start. */

import { createHash, randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { lstat, mkdtemp, open, readdir, rm, type FileHandle } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

const prefix = "apus-uploads-";
/** Machines that share a folder cannot see each other's processes. */
const machine: string = createHash("sha256").update(hostname()).digest("hex").slice(0, 12);

/** A file that has just been made. */
export interface NewFile {
  readonly path: string;
  readonly handle: FileHandle;
}

export class UploadFolder {
  #made: Promise<string> | undefined;
  #removed: Promise<void> | undefined;

  /** Makes an empty file that only this user may read; the folder with the first one. */
  async createFile(): Promise<NewFile> {
    // A request that ran out of time is over before its files are received.
    if (this.#removed !== undefined) throw new Error("The request is over: none of its files is received any more.");
    this.#made ??= makeFolder();
    const path = join(await this.#made, randomUUID());
    return { path, handle: await open(path, "wx", 0o600) };
  }

  /** Removes the folder and what is in it; once. */
  remove(): Promise<void> {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async #remove(): Promise<void> {
    if (this.#made === undefined) return;
    const path = await this.#made;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    folders.delete(path);
  }
}

async function makeFolder(): Promise<string> {
  await removeStaleFolders();
  // 0700, with a random ending.
  const path = await mkdtemp(join(tmpdir(), `${prefix}${machine}-${process.pid}-${threadId}-`));
  if (!isWatching) process.once("exit", removeFolders);
  isWatching = true;
  folders.add(path);
  return path;
}

/** Folders of requests under way. */
const folders = new Set<string>();
let isWatching = false;

/** The process ends under requests: nothing can be awaited any more. */
function removeFolders(): void {
  for (const path of folders) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The next start tries again.
    }
  }
}

let sweep: Promise<void> | undefined;

/** Removes, once in this process, what processes of this machine have left behind that are gone. Never rejects. */
export function removeStaleFolders(): Promise<void> {
  sweep ??= sweepFolders().catch(() => {});
  return sweep;
}

async function sweepFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [owner, pid, thread] = name.startsWith(prefix) ? name.slice(prefix.length).split("-") : [];
    if (owner !== machine || pid === undefined || isAlive(Number(pid), Number(thread))) continue;
    const path = join(tmpdir(), name);
    if (await isOwnFolder(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** Folders of this process are left by an earlier one with its number: they are looked for before it makes its first. */
function isAlive(pid: number, thread: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return true;
  if (pid === process.pid) return thread !== threadId;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== "ESRCH";
  }
}

/** Whoever else can write here cannot make us remove what a link of theirs leads to. */
async function isOwnFolder(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
  } catch {
    return false;
  }
}
