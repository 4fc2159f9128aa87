/** The public names: what the entry files export is what docs/api.md lists, and nothing else. */

import { maskSource } from "./mask-source.ts";
import type { Finding, SourceFile } from "./source-file.ts";

/** One entry of the package: the heading of its list in docs/api.md, and the file behind it. */
export interface Entry {
  readonly heading: string;
  readonly path: string;
}

/** The entries that package.json's `exports` names, such as `apus/client` with `src/client.ts`. */
export function readEntries(manifest: string): readonly Entry[] {
  const { name, exports } = JSON.parse(manifest) as { name: string; exports: Record<string, string> };
  return Object.entries(exports)
    .filter(([, target]) => target.endsWith(".ts"))
    .map(([subpath, target]) => ({ heading: name + subpath.slice(1), path: target.replace(/^\.\//, "") }));
}

/** Names that are exported and not listed, listed and not exported, and entries that do not name what they export. */
export function checkPublicNames(
  files: readonly SourceFile[],
  entries: readonly Entry[],
  page: string,
): readonly Finding[] {
  const listed = readListedNames(page);
  const known = new Set(entries.map(({ heading }) => heading));
  const strays = [...listed.keys()]
    .filter((heading) => heading.startsWith("apus") && !known.has(heading))
    .map((heading) => finding(`"## ${heading}" is no entry of the package: remove the section`));
  return [...strays, ...entries.flatMap((entry) => judgeEntry(entry, files, listed.get(entry.heading)))];
}

function judgeEntry(
  { heading, path }: Entry,
  files: readonly SourceFile[],
  names: readonly string[] | undefined,
): readonly Finding[] {
  if (names === undefined) return [finding(`add the section "## ${heading}"`)];
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) return [{ rule: "public-names", path, message: `the entry of ${heading} does not exist` }];
  const { exported, opaque } = readExportedNames(file.text);
  const message = "re-exports everything of a file: name what is public, as in `export { App } from …`";
  const found: Finding[] = opaque ? [{ rule: "public-names", path, message }] : [];
  const missing = exported.filter((name) => !names.includes(name));
  const surplus = names.filter((name, index) => !exported.includes(name) || names.indexOf(name) !== index);
  if (missing.length > 0) {
    found.push(finding(`add under "## ${heading}": ${missing.map((name) => `\`${name}\``).join(", ")}`));
  }
  if (surplus.length > 0) {
    found.push(finding(`remove under "## ${heading}": ${surplus.map((name) => `\`${name}\``).join(", ")}`));
  }
  return found;
}

function finding(message: string): Finding {
  return { rule: "public-names", path: "docs/api.md", message };
}

/** The exported names of a file; `opaque` when it has an `export *` or `export * as` without a list. */
export function readExportedNames(text: string): { readonly exported: readonly string[]; readonly opaque: boolean } {
  const code = maskSource(text);
  const lists = [...code.matchAll(/(?<![.\w$])export\s+(?:type\s+)?\{([^}]*)\}/g)].flatMap((match) =>
    (match[1] ?? "").split(",").map((item) => item.trim().split(/\s+/).at(-1) ?? ""),
  );
  const own = [
    ...code.matchAll(
      /(?<![.\w$])export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type)\s+([\w$]+)/g,
    ),
  ].map((match) => match[1] ?? "");
  const exported = [...new Set([...lists, ...own])].filter((name) => name !== "").toSorted();
  return { exported, opaque: /(?<![.\w$])export\s+(?:type\s+)?\*/.test(code) };
}

/** The names of each "## heading": the first code span of every list item and table row. */
function readListedNames(page: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let names: string[] = [];
  for (const line of page.split("\n")) {
    const heading = /^##\s+`?([^`]+?)`?\s*$/.exec(line)?.[1];
    if (heading !== undefined) sections.set(heading, (names = []));
    const name = /^[-*|]\s*`([A-Za-z_$][\w$]*)/.exec(line)?.[1];
    if (name !== undefined) names.push(name);
  }
  return sections;
}
