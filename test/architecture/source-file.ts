/** The checked tree as data: its files with their text, and what a check finds in them. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One file; `path` is relative to the checkout, with "/" on every system. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One broken rule: where, and what to do about it. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
}

/** Reads the files that match the patterns, sorted by path; packages, build output and Git's own files are left out. */
export function readTree(root: string, patterns: readonly string[]): readonly SourceFile[] {
  return globSync([...patterns], { cwd: root, exclude: isForeign, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((path) => !path.split("/").some((segment) => foreignFolders.has(segment)))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const foreignFolders: ReadonlySet<string> = new Set(["node_modules", ".git", "dist", "coverage"]);

function isForeign(entry: { readonly name: string }): boolean {
  return foreignFolders.has(entry.name);
}

/** One line per finding, for the message of a failing test. */
export function describeFindings(findings: readonly Finding[]): string {
  return findings.map(({ rule, path, message }) => `${path}: ${message} [${rule}]`).join("\n");
}

/** Whether a path is a test or a type test. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.endsWith(".test-d.ts");
}

/** Whether a path is part of what is published: src without its tests. */
export function isPublished(path: string): boolean {
  return path.startsWith("src/") && !isTest(path);
}

/** The line number (from 1) of an offset in a text. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
