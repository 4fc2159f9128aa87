/** Type-checks generated sources with the repository's compiler and reads what that cost. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sources } from "./generate-api.ts";

const root = fileURLToPath(new URL("../..", import.meta.url))
  .replaceAll("\\", "/")
  .replace(/\/$/, "");

/** What one run of the compiler cost; the counts are the same in every run, time and memory are not. */
export interface CheckCost {
  readonly instantiations: number;
  readonly types: number;
  readonly checkSeconds: number;
  readonly memoryMb: number;
}

/**
 * Checks the sources as a project of their own in a temporary folder, on one thread: each thread has a checker of its
 * own, so the counts would depend on how the files fall to them.
 * @throws Error when a generated file does not compile: a call whose type is an error is cheap and proves nothing.
 */
export async function checkTypes(sources: Sources): Promise<CheckCost> {
  const folder = mkdtempSync(join(tmpdir(), "apus-types-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(describeProject(sources)));
    for (const [name, text] of sources) writeFileSync(join(folder, name), text);
    return readReport(await runCompiler(folder), sources);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As strict as the repository; the package is found by its name, as users find it. */
function describeProject(sources: Sources): object {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, string> };
  const entries = Object.entries(manifest.exports).filter(([, target]) => target.endsWith(".ts"));
  const paths = entries.map(([name, target]) => [`apus${name.slice(1)}`, [`${root}/${target.slice(2)}`]]);
  return {
    extends: `${root}/tsconfig.json`,
    compilerOptions: { paths: Object.fromEntries(paths), noUnusedLocals: false },
    include: [],
    files: [...sources.keys()],
  };
}

/** Gives what the compiler wrote; its exit code says only that there were errors, which the text shows. */
function runCompiler(folder: string): Promise<string> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const words = [tsc, "-p", folder, "--singleThreaded", "--extendedDiagnostics", "--pretty", "false"];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** Reads the compiler's table. Errors in the package's own sources are left to the repository's type check. */
function readReport(output: string, sources: Sources): CheckCost {
  const lines = output.split("\n");
  const wrong = lines.filter((line) => line.includes("): error TS") && sources.has(line.slice(0, line.indexOf("("))));
  if (wrong.length > 0) {
    throw new Error(`${wrong.length} errors in the generated sources, such as\n${wrong.slice(0, 3).join("\n")}`);
  }
  const read = (name: string): number => {
    const line = lines.find((text) => text.startsWith(`${name}:`));
    const value = Number.parseFloat(line?.slice(name.length + 1) ?? "");
    if (Number.isNaN(value)) throw new Error(`The compiler reported no "${name}":\n${output.slice(0, 2_000)}`);
    return value;
  };
  return {
    instantiations: read("Instantiations"),
    types: read("Types"),
    checkSeconds: read("Check time"),
    memoryMb: Math.round(read("Memory used") / 1024),
  };
}
