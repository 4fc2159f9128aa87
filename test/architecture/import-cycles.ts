/** No file imports itself through others, type imports included. */

import { readImports } from "./read-imports.ts";
import type { Finding, SourceFile } from "./source-file.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** One finding per import that closes a circle, with the whole circle. */
export function checkCycles(files: readonly SourceFile[]): readonly Finding[] {
  const graph: Graph = new Map(
    files.map((file) => [file.path, readImports(file).flatMap(({ target }) => target ?? [])]),
  );
  const done = new Set<string>();
  const findings: Finding[] = [];
  for (const path of graph.keys()) follow(path, []);
  return findings;

  function follow(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start !== -1) {
      const circle = [...trail.slice(start), path].join(" → ");
      const message = `imports in a circle: ${circle}; move what they share into a third file`;
      findings.push({ rule: "cycles", path, message });
    }
    if (done.has(path) || start !== -1) return;
    for (const target of graph.get(path) ?? []) follow(target, [...trail, path]);
    done.add(path);
  }
}
