/** Syntax that the house does without: `any` beyond constraints, default exports, enums, namespaces, inner barrels. */

import { folderOf } from "./floors.ts";
import { maskSource } from "./mask-source.ts";
import { isPublished, lineOf, type Finding, type SourceFile } from "./source-file.ts";

const forbidden: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/(?<![.\w$])export\s+default\b|\bas\s+default\b/g, "a default export has no name to search for: export it by name"],
  [
    /(?<![.\w$])(?:const\s+)?enum\s+[\w$]+\s*\{/g,
    "an enum is not erasable: use a union of strings or a readonly object",
  ],
  [/(?<![.\w$])(?:namespace|module)\s+[\w$.]+\s*\{/g, "a namespace is a hidden module: use a file"],
];

/** Default exports, enums and namespaces, in any file. */
export function checkForbiddenSyntax(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path, text }) => {
    const code = maskSource(text);
    return forbidden.flatMap(([pattern, message]) =>
      [...code.matchAll(pattern)].map((match) => ({
        rule: "syntax",
        path: `${path}:${lineOf(code, match.index)}`,
        message,
      })),
    );
  });
}

/** Files of src, entries excepted, that only pass on what others export. */
export function checkBarrels(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => isPublished(path) && folderOf(path) !== "")
    .filter(({ text }) => {
      const code = maskSource(text);
      if (!/\bexport\b[^;]*\bfrom\b/.test(code)) return false;
      const rest = code.replaceAll(/\b(?:import|export)\b[^;"']*(?:\bfrom\s*)?["'][^"']*["']\s*;?/g, "");
      return rest.trim() === "";
    })
    .map(({ path }) => ({
      rule: "syntax",
      path,
      message: "only re-exports: import from the files that define the names, and delete this one",
    }));
}

/** `any` in published files, unless it is part of a constraint (`extends …`), or a comment above says which constraint it serves. */
export function checkAny(files: readonly SourceFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => isPublished(path))
    .flatMap(({ path, text }) => {
      const code = maskSource(text);
      return [...code.matchAll(/(?<![.\w$])any(?![\w$(])/g)]
        .filter((match) => isType(code, match.index))
        .filter((match) => !isInConstraint(code, match.index) && !isExplained(text, match.index))
        .map((match) => ({
          rule: "any",
          path: `${path}:${lineOf(code, match.index)}`,
          message: '"any" outside a generic constraint: use unknown and narrow it',
        }));
    });
}

/** Tells the type from a variable, parameter or property of that name, by what stands before and after. */
function isType(code: string, offset: number): boolean {
  const before = code.slice(0, offset).trimEnd();
  if (/^any\s*\??\s*:/.test(code.slice(offset, offset + 40)) && !before.endsWith("?")) return false;
  if (/(?:\|\||&&|\?\?)$/.test(before)) return false;
  return /(?:[:<,|&=([?]|=>|(?<![\w$])(?:as|extends|is|readonly|satisfies))$/.test(before);
}

/** Walks left from an `any` to see whether an `extends` opens the type it stands in. */
function isInConstraint(code: string, offset: number): boolean {
  let depth = 0;
  for (let at = offset - 1; at >= 0; at -= 1) {
    const char = code.charAt(at);
    if (char === ">" && code.charAt(at - 1) === "=") at -= 1;
    else if (")]>}".includes(char)) depth += 1;
    else if ("([<{".includes(char) && depth > 0) depth -= 1;
    else if (depth > 0) continue;
    else if (";?=".includes(char)) return false;
    else if (char === "{" && /[\w$)>]\s*$/.test(code.slice(0, at)) && !/\bextends\s*$/.test(code.slice(0, at)))
      return false;
    else if (char === "s" && /(?<![\w$])extends$/.test(code.slice(Math.max(0, at - 8), at + 1))) return true;
  }
  return false;
}

/** The reason that oxlint's own comment gives on the line above. */
function isExplained(text: string, offset: number): boolean {
  const lines = text.slice(0, offset).split("\n");
  return /oxlint-disable-next-line .*no-explicit-any.* -- .*\bconstraint\b/.test(lines.at(-2) ?? "");
}
