/** What a file imports or re-exports, type imports included. */

import { posix } from "node:path";
import { maskSource } from "./mask-source.ts";
import { lineOf, type SourceFile } from "./source-file.ts";

/** One import. `target` is the imported file's path in the checkout; undefined for a package. */
export interface Import {
  readonly specifier: string;
  readonly target: string | undefined;
  readonly line: number;
  /** Where the specifier begins in the text. */
  readonly offset: number;
}

const importPattern = /(?<![.\w$])(?:from\s*|import\s*\(?\s*)(["'])/g;

/** Every import, re-export, dynamic import and import type whose specifier is written out. */
export function readImports(file: SourceFile): readonly Import[] {
  const code = maskSource(file.text);
  return [...code.matchAll(importPattern)].map((match) => {
    const start = match.index + match[0].length;
    const specifier = file.text.slice(start, code.indexOf(match[1] ?? '"', start));
    const relative = specifier.startsWith(".");
    return {
      specifier,
      target: relative ? posix.join(posix.dirname(file.path), specifier) : undefined,
      line: lineOf(code, start),
      offset: start,
    };
  });
}
