/** Watches files through their folders, because a watch of a file is lost when an editor puts a new one in its place. */

import { statSync, watch, type FSWatcher, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";

/** How long nothing may change before a change counts, in milliseconds: a save can be several writes. */
const quietTime = 50;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly inode: number;
  readonly names: Set<string>;
}

export class FileWatcher {
  readonly #folders = new Map<string, WatchedFolder>();
  #changed: ((path: string) => void) | undefined;

  /**
   * Watches a file, which need not exist. One that was not watched before and was changed after `since` (milliseconds
   * of the epoch) counts as changed.
   */
  add(path: string, since: number = Infinity): void {
    const { folder, name } = findPlace(path);
    const inode = readStatus(folder)?.ino ?? 0;
    // A folder that was moved away and made anew is another one of the same name.
    if (this.#folders.get(folder)?.inode !== inode) this.#forget(folder);
    const watched = this.#folders.get(folder) ?? this.#watch(folder, inode);
    if (watched === undefined) {
      this.#changed?.(path);
      return;
    }
    if (watched.names.has(name)) return;
    watched.names.add(name);
    if ((readStatus(path)?.mtimeMs ?? 0) > since) this.#changed?.(path);
  }

  /** Resolves with the path of a change that happens from now on, when all has been quiet for a moment. */
  nextChange(): Promise<string> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      this.#changed = (path) => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve(path), quietTime);
      };
    });
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** Undefined when the folder has gone in this moment. */
  #watch(folder: string, inode: number): WatchedFolder | undefined {
    try {
      const watched = { inode, names: new Set<string>(), watcher: this.#listen(folder) };
      this.#folders.set(folder, watched);
      return watched;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #listen(folder: string): FSWatcher {
    const watcher = watch(folder, (_, name) => {
      const names = this.#folders.get(folder)?.names;
      // The folder's own name means that it was moved or removed: a new one may even get the number of the old one.
      if (name === null || name === basename(folder)) this.#lose(folder);
      else if (names?.has(name) === true) this.#changed?.(join(folder, name));
    });
    watcher.on("error", () => this.#lose(folder));
    return watcher;
  }

  /** Whoever is told of the change adds again what matters. */
  #lose(folder: string): void {
    this.#forget(folder);
    this.#changed?.(folder);
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }
}

/** The nearest folder that exists, and the name in it that matters. */
function findPlace(path: string): { readonly folder: string; readonly name: string } {
  let name = basename(path);
  let folder = dirname(path);
  while (readStatus(folder)?.isDirectory() !== true && dirname(folder) !== folder) {
    name = basename(folder);
    folder = dirname(folder);
  }
  return { folder, name };
}

function readStatus(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
