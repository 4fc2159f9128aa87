/** Type-checks generated sources with the repository's compiler and reads what it cost. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sources } from "./generate-api.ts";

const root = fileURLToPath(new URL("../..", import.meta.url)).replaceAll("\\", "/").replace(/\/$/, "");

/** What one run of the compiler cost; the counts are the same in every run, time and memory are not. */
export interface CheckCost {
  readonly instantiations: number;
  readonly types: number;
  readonly checkSeconds: number;
  readonly memoryMb: number;
}

/**
 * Checks the sources as a project of their own, in a temporary folder, on one thread: two would share no caches, so
 * the count would depend on how files fall to them.
 * @throws Error when a generated file does not compile: a call of an unknown type costs nothing and proves nothing.
 */
export async function checkTypes(sources: Sources): Promise<CheckCost> {
  const folder = mkdtempSync(join(tmpdir(), "apus-types-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(describeProject(sources)));
    for (const [name, text] of sources) writeFileSync(join(folder, name), text);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const output = await run([tsc, "-p", folder, "--singleThreaded", "--extendedDiagnostics", "--pretty", "false"], folder);
    return readReport(output, sources);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The repository's own strictness, with the package found by its name. */
function describeProject(sources: Sources): object {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: Record<string, string> };
  const entries = Object.entries(exports).filter(([, target]) => target.endsWith(".ts"));
  const paths = entries.map(([name, target]) => [`apus${name.slice(1)}`, [`${root}/${target.slice(2)}`]]);
  return {
    extends: `${root}/tsconfig.json`,
    compilerOptions: { paths: Object.fromEntries(paths), noEmit: true, incremental: false },
    include: [],
    files: [...sources.keys()],
  };
}

function run(words: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [...words], { cwd, stdio: ["ignore", "pipe", "inherit"] });
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
  const wrong = lines.filter((line) => /^[^\s(]+\(\d+,\d+\): error /.test(line) && sources.has(line.slice(0, line.indexOf("("))));
  if (wrong.length > 0) throw new Error(`${wrong.length} errors in the generated sources, such as\n${wrong.slice(0, 3).join("\n")}`);
  const read = (name: string): number => {
    const line = lines.find((text) => text.startsWith(`${name}:`));
    if (line === undefined) throw new Error(`The compiler reported no ${name.toLowerCase()}:\n${output.slice(0, 2_000)}`);
    return Number.parseFloat(line.slice(name.length + 1));
  };
  return {
    instantiations: read("Instantiations"),
    types: read("Types"),
    checkSeconds: read("Check time"),
    memoryMb: Math.round(read("Memory used") / 1024),
  };
}
