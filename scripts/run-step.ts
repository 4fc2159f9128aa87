/** Runs one tool of the repository as a step: quiet while all is well, with its whole output when it fails. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** A tool to run on this Node: its name in the report, and the words after `node`. */
export interface Step {
  readonly name: string;
  readonly words: readonly string[];
}

/** What became of a step; `output` is what it wrote to both streams, in order. */
export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs a step with its output kept back. */
export function runStep({ name, words }: Step): Promise<StepResult> {
  const started = performance.now();
  const child = spawn(process.execPath, [...words], {
    cwd: root,
    env: toolEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const output = Buffer.concat(chunks).toString().trim();
      resolve({ name, ok: code === 0, output, milliseconds: performance.now() - started });
    });
  });
}

/** Every test file is a process that loads the sources: stripped and compiled once, they take half the time. */
const compileCache = { NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled") };

/** Runs a step with its output shown as it comes, and gives its exit code (1 when a signal ended it). */
export function showStep({ words }: Step): Promise<number> {
  const env = { ...compileCache, ...process.env };
  const child = spawn(process.execPath, [...words], { cwd: root, stdio: "inherit", env });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** One line: the name, what became of it, and how long it took. */
export function describeResult({ name, ok, milliseconds }: StepResult): string {
  return `${ok ? "ok    " : "FAILED"}  ${name.padEnd(14)} ${describeDuration(milliseconds)}`;
}

/** Milliseconds as seconds, for people. */
export function describeDuration(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A step that itself runs inside a test must not report to the runner around it. */
function toolEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  return environment;
}
