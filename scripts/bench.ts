/** Runs the micro and type-check benchmarks one after the other; with arguments, only those whose path contains one of them. */

import { globSync } from "node:fs";
import { root, showStep } from "./run-step.ts";

const filters = process.argv.slice(2);
const files = globSync(["bench/micro/*.ts", "bench/types/measure.ts"], { cwd: root })
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
  const code = await showStep({ name: path, words: ["--expose-gc", path] });
  if (code !== 0) process.exitCode = 1;
}
