/** Checks everything that needs no running app: types, declarations, lint, format and, unless told `--static`, the house rules. */

import { describeDuration, describeResult, runStep, type Step, type StepResult } from "./run-step.ts";

const tsc = "node_modules/typescript/bin/tsc";

const types: readonly Step[] = [
  { name: "types", words: [tsc, "-p", "."] },
  { name: "declarations", words: [tsc, "-p", "tsconfig.build.json", "--noEmit"] },
  { name: "format", words: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
];
const lint: readonly Step[] = [{ name: "lint", words: ["node_modules/oxlint/bin/oxlint", "--deny-warnings"] }];
const houseRules: readonly Step[] = [
  { name: "house rules", words: ["--test", "test/architecture.test.ts", "test/errors.test.ts"] },
];

const started = performance.now();
const others = process.argv.includes("--static") ? lint : [...lint, ...houseRules];
const lanes = await Promise.all([runLane(types), runLane(others)]);
const failed = lanes.flat().filter(({ ok }) => !ok);
for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output}`);
const verdict = failed.length === 0 ? "all checks passed" : `failed: ${failed.map(({ name }) => name).join(", ")}`;
console.log(`\n${verdict} (${describeDuration(performance.now() - started)})`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** One step after the other; each says its line as soon as it is done. */
async function runLane(steps: readonly Step[]): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const result = await runStep(step);
    console.log(describeResult(result));
    results.push(result);
  }
  return results;
}
