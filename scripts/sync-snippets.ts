/** Fills the code blocks of README and docs from regions of files that the tests run. */

import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run-step.ts";

/** What is wrong with one code block; `place` is `file:line`. */
export interface SnippetProblem {
  readonly place: string;
  readonly message: string;
}

/** A page as it should be, and the blocks that cannot be filled. */
export interface SyncedPage {
  readonly text: string;
  readonly problems: readonly SnippetProblem[];
}

/** Gives the text of a file by its path in the repository; undefined when there is none. */
export type ReadSource = (path: string) => string | undefined;

const pagePatterns = ["*.md", "docs/**/*.md"];
const codeLanguages: ReadonlySet<string> = new Set(["ts", "mts", "tsx", "typescript", "js", "mjs", "javascript"]);
const isFence = /^(?<marks>`{3,}|~{3,})(?<language>[\w-]*)/;
const snippetComment = /^<!-- snippet: (?<path>[^#\s]+)#(?<name>\S+) -->$/;

/** The pages whose code blocks are compiled, as paths in the repository. */
export function listPages(): readonly string[] {
  return globSync(pagePatterns, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}

/** Reads a file of the repository. */
export function readRepositoryFile(path: string): string | undefined {
  const absolute = join(root, path);
  return existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
}

/** Fills every TypeScript block of a page that has a `<!-- snippet: file#region -->` line directly above it. */
export function syncPage(page: { readonly path: string; readonly text: string }, readSource: ReadSource): SyncedPage {
  const lines = page.text.split("\n");
  const written: string[] = [];
  const problems: SnippetProblem[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    written.push(line);
    const fence = isFence.exec(line)?.groups;
    if (fence === undefined) {
      if (snippetComment.test(line) && !isFence.test(lines[index + 1] ?? "")) {
        problems.push({
          place: `${page.path}:${index + 1}`,
          message: "has no code block below it: write ```ts and ```",
        });
      }
      continue;
    }
    const end = lines.indexOf(fence["marks"] ?? "", index + 1);
    const place = `${page.path}:${index + 1}`;
    if (end === -1) {
      problems.push({ place, message: "the code block is never closed" });
      continue;
    }
    const body = lines.slice(index + 1, end);
    const filled = codeLanguages.has(fence["language"] ?? "") ? fillBlock(lines[index - 1] ?? "", readSource) : body;
    if (typeof filled === "string") problems.push({ place, message: filled });
    written.push(...(typeof filled === "string" ? body : filled), lines[end] ?? "");
    index = end;
  }
  return { text: written.join("\n"), problems };
}

/** The lines for a block, or why there are none. */
function fillBlock(above: string, readSource: ReadSource): readonly string[] | string {
  const { path, name } = snippetComment.exec(above)?.groups ?? {};
  if (path === undefined || name === undefined) {
    return "has no snippet: move the code into a file below examples/ and write <!-- snippet: FILE#REGION --> directly above";
  }
  const source = readSource(path);
  if (source === undefined) return `${path} does not exist`;
  return readRegion(source, name) ?? `${path} has no "// #region ${name}" … "// #endregion ${name}"`;
}

/** The lines between `// #region NAME` and `// #endregion NAME`, without indentation and without inner markers. */
export function readRegion(source: string, name: string): readonly string[] | undefined {
  const lines = source.split("\n");
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line) => line.trim() === `// #endregion ${name}`);
  if (start === -1 || end <= start) return undefined;
  const inner = lines.slice(start + 1, end).filter((line) => !/^\s*\/\/ #(?:end)?region /.test(line));
  const indents = inner.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return inner.map((line) => line.slice(indent));
}

/** Rewrites the pages in place; returns what could not be filled. */
function syncAll(): readonly SnippetProblem[] {
  return listPages().flatMap((path) => {
    const text = readRepositoryFile(path) ?? "";
    const synced = syncPage({ path, text }, readRepositoryFile);
    if (synced.text !== text) {
      writeFileSync(join(root, path), synced.text);
      console.log(`filled ${path}`);
    }
    return synced.problems;
  });
}

if (import.meta.main) {
  const problems = syncAll();
  for (const { place, message } of problems) console.error(`${place}: ${message}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
