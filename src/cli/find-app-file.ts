/** Finds the file that exports the app. */

import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { CommandError } from "./command-error.ts";

const usualPaths: readonly string[] = ["src/main.ts", "src/app.ts", "src/server.ts", "main.ts", "app.ts", "index.ts"];

/**
 * The absolute path of the named file, or of the first usual one that exists in the working directory.
 * @throws CommandError when there is none.
 */
export function findAppFile(named: string | undefined): string {
  if (named !== undefined) {
    const path = resolve(named);
    if (isFile(path)) return path;
    throw new CommandError(`There is no file ${named}. Name the module that exports the app: apus dev src/app.ts`);
  }
  const found = usualPaths.map((path) => resolve(path)).find(isFile);
  if (found !== undefined) return found;
  const looked = usualPaths.join(", ");
  throw new CommandError(
    `No app was found. Name the module that exports it: apus dev path/to/app.ts\nLooked for ${looked}.`,
  );
}

/** A path as people read it: relative to the working directory where it lies below. */
export function showPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
