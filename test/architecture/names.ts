/** Names: kebab-case files that say what they hold, unique in src, and no abbreviated variables. */

import { maskSource } from "./mask-source.ts";
import { isTest, lineOf, type Finding, type SourceFile } from "./source-file.ts";

const bannedWords: ReadonlySet<string> = new Set(["util", "utils", "helper", "helpers", "misc", "manager"]);
const bannedNames: ReadonlySet<string> = new Set([...bannedWords, "common", "core", "shared", "lib"]);
const bannedVariables = /(?<![.\w$#])(?:req|res|ctx|opts)(?![\w$])/g;

/** Files and folders whose name says nothing about what they hold, or is not kebab-case. */
export function checkFileNames(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path }) => {
    const segments = path.split("/").map((segment) => segment.split(".")[0] ?? "");
    const banned = segments.find(
      (segment) => bannedNames.has(segment) || segment.split("-").some((word) => bannedWords.has(word)),
    );
    if (banned !== undefined) {
      return [{ rule: "names", path, message: `"${banned}" says nothing: name it after what it does` }];
    }
    const odd = segments.find((segment) => !/^[a-z0-9]*(?:-[a-z0-9]+)*$/.test(segment));
    return odd === undefined ? [] : [{ rule: "names", path, message: `"${odd}" is not kebab-case` }];
  });
}

/** Base names that two files of src share; x.test.ts and x.test-d.ts belong to the x.ts beside them. */
export function checkUniqueNames(files: readonly SourceFile[]): readonly Finding[] {
  const stems = files.filter(({ path }) => path.startsWith("src/")).map(({ path }) => ({ path, stem: stemOf(path) }));
  const homes = new Map<string, string>();
  const modules = new Set(stems.filter(({ path }) => !isTest(path)).map(({ stem }) => stem));
  const modulesFirst = stems.toSorted((a, b) => Number(isTest(a.path)) - Number(isTest(b.path)));
  return modulesFirst.flatMap(({ path, stem }) => {
    const name = stem.slice(stem.lastIndexOf("/") + 1);
    const home = homes.get(name);
    if (home === undefined) homes.set(name, stem);
    if (home === undefined || home === stem || (isTest(path) && modules.has(stem))) return [];
    const message = isTest(path)
      ? `is named after ${home}.ts but does not lie beside it: move it there`
      : `has the base name of ${home}.ts: base names are unique in src, rename one`;
    return [{ rule: "names", path, message }];
  });
}

/** The path without its last endings: src/a/x for src/a/x.ts, src/a/x.test.ts and src/a/x.test-d.ts. */
export function stemOf(path: string): string {
  return path.replace(/(?:\.test|\.test-d)?\.ts$/, "");
}

/** Parameters and variables of src that are called req, res, ctx or opts. */
export function checkVariables(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter((file) => file.path.startsWith("src/"))
    .flatMap(({ path, text }) => {
      const code = maskSource(text);
      return [...code.matchAll(bannedVariables)].map((match) => ({
        rule: "names",
        path: `${path}:${lineOf(code, match.index)}`,
        message: `"${match[0]}" is an abbreviation: write request, response, context or options, or what it really is`,
      }));
    });
}
