/** One regular file that is open: what its descriptor says of it, its bytes by position, and its end. */

import { constants, type Stats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

/** Without O_NONBLOCK a named pipe would hold a thread of the pool until somebody writes into it. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** Names that lead to nothing that could be sent; the last one is that of a name with a NUL. */
const missingCodes: ReadonlySet<string> = new Set([
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENODEV",
  "ENOENT",
  "ENOTDIR",
  "ENXIO",
  "ERR_INVALID_ARG_VALUE",
]);

/** What was opened once is what is sent: everything else is asked of the descriptor, never of the name. */
export class OpenFile {
  readonly size: number;
  /** Milliseconds since 1970, with fractions. */
  readonly modified: number;
  /** When content, name or rights changed last; nobody can set it. */
  readonly changed: number;
  /** The same for every name of the file. */
  readonly identity: string;
  readonly isFolder: boolean;
  readonly #handle: FileHandle;
  #isClosed = false;

  constructor(handle: FileHandle, stats: Stats) {
    this.#handle = handle;
    this.size = stats.size;
    this.modified = stats.mtimeMs;
    this.changed = stats.ctimeMs;
    this.identity = identify(stats);
    this.isFolder = stats.isDirectory();
  }

  /** Some of the bytes from `position` on, in `room` where it is given: at least one, at most `length`. @throws Error when there is none any more */
  async read(position: number, length: number, room?: Buffer): Promise<Uint8Array> {
    const buffer = room ?? Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position);
    if (bytesRead === 0) throw new Error(`A file of ${this.size} bytes had become shorter when it was sent.`);
    return bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
  }

  /** Reads that are under way end first; the second call does nothing. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Nothing was written: there is nothing that a failure could have lost.
    await this.#handle.close().catch(() => {});
  }
}

/**
 * Opens a regular file, or a folder; undefined when there is neither: no such name, a pipe, a device, a socket.
 * @throws what the system answers otherwise, such as EACCES and EMFILE
 */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (stats.isFile() || stats.isDirectory()) return new OpenFile(handle, stats);
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

/** Which file it is, and in which state. */
export function identify({ dev, ino, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${ctimeMs}`;
}

/** Whether an error of the system says that there is nothing of that name. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && missingCodes.has(code);
}
