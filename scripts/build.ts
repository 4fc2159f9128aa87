/** Builds the publishable package into dist/, or into the folder that is named. */

import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readImports } from "../test/architecture/read-imports.ts";
import { buildManifest, type Manifest } from "./build-manifest.ts";
import { root, showStep } from "./run-step.ts";

const target = resolve(process.argv[2] ?? join(root, "dist"));
const companions = ["README.md", "LICENSE", "CHANGELOG.md", "assets"];

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const code = await showStep({
  name: "build",
  words: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", target],
});
if (code !== 0) process.exit(code);

for (const name of globSync("**/*.d.ts", { cwd: target })) {
  const path = join(target, name);
  writeFileSync(path, rewriteExtensions(name, readFileSync(path, "utf8")));
}

const manifest = buildManifest(JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest);
writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
for (const name of companions) {
  if (existsSync(join(root, name))) cpSync(join(root, name), join(target, name), { recursive: true });
  else console.error(`${name} does not exist and is missing in the package`);
}
console.log(`built ${globSync("**/*.{js,d.ts}", { cwd: target }).length} files in ${target}`);

/** tsc rewrites `./x.ts` to `./x.js` in the code but not in the declarations beside it. */
function rewriteExtensions(path: string, text: string): string {
  const ends = readImports({ path, text })
    .filter(({ target: file }) => file?.endsWith(".ts") === true && !file.endsWith(".d.ts"))
    .map(({ offset, specifier }) => offset + specifier.length);
  return ends.toReversed().reduce((rest, end) => `${rest.slice(0, end - ".ts".length)}.js${rest.slice(end)}`, text);
}
