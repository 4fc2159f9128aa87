/** Size limits of files, functions and parameter lists, measured by oxlint, with exceptions that may only shrink. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isTest, type Finding } from "./source-file.ts";

export type SizeRule = "max-lines" | "max-lines-per-function" | "max-params";

/** Something larger than its limit; `size` in lines or parameters. */
export interface Oversize {
  readonly path: string;
  readonly rule: SizeRule;
  readonly name?: string | undefined;
  readonly line: number;
  readonly size: number;
}

export interface SizeException {
  readonly path: string;
  readonly rule: SizeRule;
  readonly name?: string;
  readonly limit: number;
  readonly reason: string;
}

/** What no exception may pass. */
const hardLimits: Readonly<Record<SizeRule, number>> = {
  "max-lines": 500,
  "max-lines-per-function": 80,
  "max-params": 5,
};
const hardFileLimit = 500;

interface Diagnostic {
  readonly message: string;
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const configPath: string = fileURLToPath(new URL("sizes.oxlintrc.json", import.meta.url));
const oxlintPath: string = fileURLToPath(new URL("../../node_modules/oxlint/bin/oxlint", import.meta.url));

/** Everything below `folders` that is over a limit; oxlint's parser does the counting. */
export function measureSizes(root: string, folders: readonly string[]): readonly Oversize[] {
  const options = ["-c", configPath, "--disable-nested-config", "--no-error-on-unmatched-pattern", "-f", "json"];
  const run = spawnSync(process.execPath, [oxlintPath, ...options, ...folders], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!run.stdout.trimStart().startsWith("{")) throw new Error(`oxlint did not answer:\n${run.stdout}${run.stderr}`);
  const { diagnostics } = JSON.parse(run.stdout) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics.flatMap(readDiagnostic);
}

function readDiagnostic({ message, code, filename, labels }: Diagnostic): readonly Oversize[] {
  const rule = /max-[a-z-]+/.exec(code)?.[0];
  const size = Number(/\((\d+)\)/.exec(message)?.[1]);
  if (!isSizeRule(rule) || !Number.isInteger(size)) return [];
  const name = /[`']([^`']+)[`']/.exec(message)?.[1];
  return [{ path: filename.replaceAll("\\", "/"), rule, name, line: labels[0]?.span.line ?? 1, size }];
}

function isSizeRule(rule: string | undefined): rule is SizeRule {
  return rule !== undefined && Object.hasOwn(hardLimits, rule);
}

/** What is too large and not excepted, and exceptions that are not needed, or wider than needed. */
export function checkSizes(oversizes: readonly Oversize[], exceptions: readonly SizeException[]): readonly Finding[] {
  const relevant = oversizes.filter(isLimited);
  const found = relevant.flatMap((oversize) => judgeOversize(oversize, exceptions));
  return [...found, ...exceptions.flatMap((exception) => judgeException(exception, relevant))];
}

/** Published files and scripts keep every limit; tests, examples and benches only the hard one for files. */
function isLimited({ path, rule, size }: Oversize): boolean {
  if ((path.startsWith("src/") || path.startsWith("scripts/")) && !isTest(path)) return true;
  return rule === "max-lines" && size > hardFileLimit;
}

function judgeOversize(oversize: Oversize, exceptions: readonly SizeException[]): readonly Finding[] {
  const { path, rule, line, size, name } = oversize;
  const exception = exceptions.find((candidate) => isSame(candidate, oversize));
  if (exception !== undefined && size <= Math.min(exception.limit, hardLimits[rule])) return [];
  const subject = rule === "max-lines" ? "the file" : `the function ${name ?? "without a name"}`;
  const unit = rule === "max-params" ? "parameters" : "lines";
  const message = `${subject} has ${size} ${unit}: split it${rule === "max-params" ? ", or take one options object" : ""}`;
  return [{ rule, path: `${path}:${line}`, message }];
}

function judgeException(exception: SizeException, oversizes: readonly Oversize[]): readonly Finding[] {
  const { path, rule, limit, reason } = exception;
  const sizes = oversizes.filter((oversize) => isSame(exception, oversize)).map(({ size }) => size);
  const needed = Math.max(0, ...sizes);
  const message =
    needed === 0
      ? "is within the limits now: remove its exception"
      : limit > needed
        ? `needs an exception of ${needed} only, not ${limit}: lower it`
        : limit > hardLimits[rule]
          ? `no exception may pass ${hardLimits[rule]}: split it`
          : reason.trim() === ""
            ? "its exception has no reason"
            : undefined;
  return message === undefined ? [] : [{ rule, path, message }];
}

function isSame(exception: SizeException, oversize: Oversize): boolean {
  return exception.path === oversize.path && exception.rule === oversize.rule && exception.name === oversize.name;
}
