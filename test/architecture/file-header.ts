/** Every file opens with one sentence that says what it is. */

import type { Finding, SourceFile } from "./source-file.ts";

/** Files whose first thing is not a short doc comment that ends like a sentence. */
export function checkHeaders(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path, text }) => {
    const message = judgeHeader(text);
    return message === undefined ? [] : [{ rule: "header", path, message }];
  });
}

function judgeHeader(text: string): string | undefined {
  const body = text.replace(/^#![^\n]*\n/, "").trimStart();
  const end = body.indexOf("*/");
  if (!body.startsWith("/**") || end === -1) return "open with one sentence: /** What this file is. */";
  const lines = body
    .slice(3, end)
    .split("\n")
    .map((line) => line.trim().replace(/^\*\s?/, ""))
    .filter((line) => line !== "");
  if (lines.length === 0) return "the header is empty: say in one sentence what this file is";
  if (lines.length > 2) return `the header has ${lines.length} lines: one sentence on one or two lines is enough`;
  return lines.at(-1)?.endsWith(".") === true ? undefined : 'the header is not a sentence: end it with "."';
}
