/** A light reader of TypeScript that blanks out what is not code, so that the checks can search the rest. */

const wordsBeforeRegex: ReadonlySet<string> = new Set(
  "return typeof case in of delete void throw new else do await yield instanceof extends default".split(" "),
);

/**
 * The same text, at the same offsets, with the content of comments, strings, template text and regular expressions
 * replaced by spaces. Delimiters of strings and templates, line breaks and code inside `${…}` stay.
 */
export function maskSource(text: string): string {
  const pieces: string[] = [];
  const templates: number[] = [];
  let depth = 0;
  let code = "";
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    const resumes = char === "}" && templates.at(-1) === depth;
    if (resumes) templates.pop();
    const end = resumes || char === "`" ? endOfTemplateText(text, at + 1) : endOfOpaque(text, at, code);
    if (end === at) {
      depth += char === "{" ? 1 : char === "}" ? -1 : 0;
      if (char.trim() !== "") code = (code + char).slice(-24);
      else if (/\w$/.test(code)) code += " ";
      pieces.push(char);
      at += 1;
      continue;
    }
    const opaque = text.slice(at, end);
    if (opaque.endsWith("${")) templates.push(depth);
    pieces.push(blank(opaque));
    if (!opaque.startsWith("//") && !opaque.startsWith("/*")) code = opaque.endsWith("${") ? "{" : '"';
    at = end;
  }
  return pieces.join("");
}

/** Where the comment, string or regular expression at `at` ends; `at` itself when there is none. */
function endOfOpaque(text: string, at: number, code: string): number {
  const char = text.charAt(at);
  if (char === '"' || char === "'") return endOfString(text, at);
  if (char === "#" && at === 0 && text.startsWith("#!")) return endOfLine(text, at);
  if (char !== "/") return at;
  if (text.startsWith("//", at)) return endOfLine(text, at);
  if (text.startsWith("/*", at)) {
    const end = text.indexOf("*/", at + 2);
    return end === -1 ? text.length : end + 2;
  }
  return startsRegex(code) ? endOfRegex(text, at) : at;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === text.charAt(start)) return at + 1;
    else if (char === "\n") return at;
  }
  return text.length;
}

/** The end of template text: just after its closing backtick, or just after the "${" that interrupts it. */
function endOfTemplateText(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === "`") return at + 1;
    else if (char === "$" && text.charAt(at + 1) === "{") return at + 2;
  }
  return text.length;
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === "\n") return start;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return at + 1;
  }
  return start;
}

/** A slash begins a regular expression unless a value stands before it. */
function startsRegex(code: string): boolean {
  const before = code.trimEnd();
  const word = /[\w$]+$/.exec(before)?.[0];
  if (word !== undefined) return wordsBeforeRegex.has(word);
  return !/[)\]"'`]$/.test(before);
}

function blank(opaque: string): string {
  const isComment = opaque.startsWith("//") || opaque.startsWith("/*") || opaque.startsWith("#!");
  if (isComment) return opaque.replaceAll(/[^\n]/g, " ");
  const head = opaque.charAt(0);
  const tail = opaque.endsWith("${") ? "${" : opaque.length > 1 ? opaque.slice(-1) : "";
  return head + opaque.slice(1, opaque.length - tail.length).replaceAll(/[^\n]/g, " ") + tail;
}
