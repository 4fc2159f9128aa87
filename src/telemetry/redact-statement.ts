/** SQL text without the values that were written into it. */

/** Comments, quoted names, and what may hold a value; each ends where the text does, so that none backtracks. */
const parts =
  /--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|"[^"]*"?|\b[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|\$[A-Za-z_]*\$[^]*|(?<![\w$?:@."])\d[\d.]*/g;

const longest = 2_048;

/** The text with `?` in the place of each literal, without comments, and at most 2,048 characters of it. */
export function redactStatement(text: string): string {
  const shown = text.slice(0, longest).replace(parts, (part) => {
    if (part.startsWith("--") || part.startsWith("/*")) return "";
    return part.startsWith('"') ? part : "?";
  });
  return text.length > longest ? `${shown}…` : shown;
}

/** The first word, in capitals: SELECT, INSERT, WITH. */
export function nameStatement(text: string): string {
  return /^\s*([A-Za-z]{1,20})\b/.exec(text)?.[1]?.toUpperCase() ?? "SQL";
}
