/** The house rules that lint cannot say: floors, cycles, headers, names, sizes, public names, forbidden syntax. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { sizeExceptions } from "./architecture/exceptions.ts";
import { checkHeaders } from "./architecture/file-header.ts";
import { checkFloors, describeFloors } from "./architecture/floors.ts";
import { checkAny, checkBarrels, checkForbiddenSyntax } from "./architecture/forbidden-syntax.ts";
import { checkCycles } from "./architecture/import-cycles.ts";
import { checkMachineTraces } from "./architecture/machine-traces.ts";
import { checkFileNames, checkUniqueNames, checkVariables } from "./architecture/names.ts";
import { checkPublicNames, readEntries } from "./architecture/public-names.ts";
import { checkSizes, measureSizes } from "./architecture/sizes.ts";
import { describeFindings, readTree, type Finding } from "./architecture/source-file.ts";

const folders = ["src", "test", "examples", "bench", "scripts"];
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const files = readTree(
  root,
  folders.map((folder) => `${folder}/**/*.{ts,mjs}`),
);

function assertNothing(findings: readonly Finding[], explanation = ""): void {
  if (findings.length > 0) assert.fail(`${describeFindings(findings)}${explanation}`);
}

test("imports go down, or stay in their folder", () => {
  assertNothing(checkFloors(files), `\n\nThe floors, an import goes to a lower line:\n${describeFloors()}`);
});

test("no file imports itself through others", () => {
  assertNothing(checkCycles(files));
});

test("every file opens with one sentence that says what it is", () => {
  assertNothing(checkHeaders(files));
});

test("files and folders have names that say something", () => {
  assertNothing(checkFileNames(files));
});

test("base names are unique in src", () => {
  assertNothing(checkUniqueNames(files));
});

test("no variable of src is called req, res, ctx or opts", () => {
  assertNothing(checkVariables(files));
});

test("files, functions and parameter lists are short", () => {
  assertNothing(checkSizes(measureSizes(root, folders), sizeExceptions));
});

test("the entries export what docs/api.md lists", () => {
  const [page] = readTree(root, ["docs/api.md"]);
  const [manifest] = readTree(root, ["package.json"]);
  assertNothing(checkPublicNames(files, readEntries(manifest?.text ?? ""), page?.text ?? ""));
});

test("no default export, enum or namespace", () => {
  assertNothing(checkForbiddenSyntax(files));
});

test("no file of src only re-exports", () => {
  assertNothing(checkBarrels(files));
});

test("no any but in generic constraints", () => {
  assertNothing(checkAny(files));
});

test("no path of one machine and no registry host", () => {
  const texts = readTree(root, [
    "*",
    ".*",
    ".ci/**",
    ...[...folders, "docs", "assets"].map((folder) => `${folder}/**`),
  ]);
  const readable = texts.filter(({ path }) => !path.startsWith("test/architecture/") && !path.endsWith(".br"));
  assertNothing(checkMachineTraces(readable, root));
});
