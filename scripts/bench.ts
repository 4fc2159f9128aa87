/**
 * Runs the micro and type-check benchmarks one after the other; with arguments, only those whose path contains one of them.
 * The one beside other frameworks runs only when it is named (`http`). Arguments with `--` are passed on.
 */

import { globSync } from "node:fs";
import { root, showStep } from "./run-step.ts";

const [options, filters] = partition(process.argv.slice(2), (word) => word.startsWith("--"));
const named = filters.includes("http") ? ["bench/http/measure.ts"] : [];
const files = globSync(["bench/micro/*.ts", "bench/types/measure.ts", ...named], { cwd: root })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !/\.(?:test|test-d)\.ts$/.test(path))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .toSorted();

if (files.length === 0) {
  console.error(`no benchmark's path contains ${filters.join(" or ") || "anything: bench/ is empty"}`);
  process.exitCode = 1;
}
for (const path of files) {
  console.log(`\n── ${path} ──`);
  const code = await showStep({ name: path, words: ["--expose-gc", path, ...options] });
  if (code !== 0) process.exitCode = 1;
}

function partition(
  words: readonly string[],
  matches: (word: string) => boolean,
): readonly [readonly string[], readonly string[]] {
  return [words.filter(matches), words.filter((word) => !matches(word))];
}
