/** Runs the static checks and then every test; with arguments, only the tests whose path begins with or contains one of them. */

import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describeDuration, root, showStep } from "./run-step.ts";

const started = performance.now();
const filters = process.argv.slice(2).map((filter) => filter.replace(/^\.\//, ""));
const files = globSync(["src/**/*.test.ts", "test/**/*.test.ts", "examples/**/*.test.ts"], {
  cwd: root,
  exclude: (path) => path.includes("node_modules"),
})
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .toSorted();

if (files.length === 0) {
  console.error(`no test file's path contains ${filters.join(" or ")}`);
  process.exit(1);
}

// The house rules are tests themselves, so the checks before need not run them.
const check = filters.length === 0 ? await showStep({ name: "check", words: ["scripts/check.ts", "--static"] }) : 0;
const concurrency = `--test-concurrency=${Math.min(4, availableParallelism())}`;
const options = ["--test", "--test-reporter=spec", "--test-reporter-destination=stdout", concurrency];
const tests = await showStep({ name: "tests", words: [...options, ...files] });

if (check !== 0) console.log("The static checks failed; their report stands above the tests.");
console.log(
  `npm test: ${check + tests === 0 ? "passed" : "FAILED"} in ${describeDuration(performance.now() - started)}`,
);
process.exitCode = check + tests === 0 ? 0 : 1;
