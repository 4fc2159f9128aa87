/** The error codes: each is thrown, each has its page, and nothing throws or documents another. */

import { isPublished, lineOf, type Finding, type SourceFile } from "./source-file.ts";

/** Every code with its sentence. */
export type ErrorCodes = Readonly<Record<string, string>>;

const listPath = "src/errors/apus-error.ts";

/** Codes without a page, pages without a code, and pages that do not open with the code's sentence. */
export function checkErrorPages(codes: ErrorCodes, pages: readonly SourceFile[]): readonly Finding[] {
  const texts = new Map(pages.map(({ path, text }) => [path, text]));
  const found = Object.entries(codes).flatMap(([code, sentence]) => {
    const path = `docs/errors/${code}.md`;
    const text = texts.get(path);
    texts.delete(path);
    if (text === undefined) return [finding(path, `does not exist: write it, opening with "${sentence}"`)];
    return openingOf(text).startsWith(sentence) ? [] : [finding(path, `must open with "${sentence}"`)];
  });
  const strays = [...texts.keys()]
    .filter((path) => /\/APUS_[^/]*\.md$/.test(path))
    .map((path) => finding(path, `no such code in ${listPath}: remove the page`));
  return [...found, ...strays];
}

/** Codes that published files never mention, and codes they throw that are not in the list. */
export function checkErrorUse(codes: ErrorCodes, files: readonly SourceFile[]): readonly Finding[] {
  const unused = new Set(Object.keys(codes));
  const unknown = files
    .filter(({ path }) => isPublished(path) && path !== listPath)
    .flatMap(({ path, text }) =>
      [...text.matchAll(/["'`](APUS_[A-Z0-9_]+)["'`]/g)].flatMap((match) => {
        const code = match[1] ?? "";
        unused.delete(code);
        if (Object.hasOwn(codes, code)) return [];
        return [finding(`${path}:${lineOf(text, match.index)}`, `${code} is not in the list of ${listPath}`)];
      }),
    );
  return [...unknown, ...[...unused].map((code) => finding(listPath, `${code} is thrown nowhere: remove it`))];
}

function finding(path: string, message: string): Finding {
  return { rule: "errors", path, message };
}

/** The first line of text below the title. */
function openingOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line !== "" && !line.startsWith("#")) ?? "";
}
