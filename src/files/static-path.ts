/** Reads the part of a URL's path that names a file: once decoded, and only what every system reads the same way. */

import { decodePercent } from "../http/percent-decoding.ts";

/** What a path names below a folder. */
export interface StaticPath {
  /** Of folders and file; none for the folder itself. */
  readonly names: readonly string[];
  /** Whether it ends in "/", which names a folder. */
  readonly isFolder: boolean;
}

/**
 * The names in a path parameter that was decoded once; undefined when one of them could lead elsewhere: empty ones, "."
 * and "..", separators of another system, drives and streams (`C:x`, `a::$DATA`), and endings that Windows leaves out.
 */
export function parseNames(path: string): StaticPath | undefined {
  const names = path.split("/");
  const isFolder = names.at(-1) === "";
  if (isFolder) names.pop();
  return names.every(isPlain) ? { names, isFolder } : undefined;
}

/**
 * The same for a path parameter of a request. `sent` is the whole path as it was sent: a "/" that was encoded separates
 * nothing, whichever converter has decoded it.
 */
export function parseStaticPath(parameter: string | undefined, sent: string): StaticPath | undefined {
  if (parameter === undefined || parameter === "") return { names: [], isFolder: sent.endsWith("/") };
  const parts = parameter.split("/");
  const sentParts = sent.split("/").slice(-parts.length);
  if (!parts.every((part, index) => decodePercent(sentParts[index] ?? "") === part)) return undefined;
  return parseNames(parameter);
}

// oxlint-disable-next-line no-control-regex -- control characters are what must be found
const unsafe = /[\u0000-\u001f\u007f\\:/]/;

function isPlain(name: string): boolean {
  if (name === "" || unsafe.test(name) || !name.isWellFormed()) return false;
  return !name.endsWith(".") && !name.endsWith(" ");
}
