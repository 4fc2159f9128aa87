/** Finds where a text stops being JSON (RFC 8259) and says what was expected there, without repeating any of it. */

/** `offset` counts UTF-16 code units; `problem` is part of a sentence, and "empty" for a text without a value. */
export interface JsonFault {
  readonly offset: number;
  readonly problem: string;
}

/** What may come next; the words are the ones that the client reads. */
type Expected = "value" | "value or ]" | "key or }" | "key" | "colon" | "comma or ]" | "comma or }" | "end";

const problems: Readonly<Record<Expected, string>> = {
  value: "a value is expected",
  "value or ]": 'a value or "]" is expected',
  "key or }": 'a key in double quotes or "}" is expected',
  key: "a key in double quotes is expected",
  colon: '":" is expected',
  "comma or ]": '"," or "]" is expected',
  "comma or }": '"," or "}" is expected',
  end: "nothing more is expected",
};

/**
 * The first offset from which nothing could make the text JSON; `undefined` when it is JSON.
 * Linear and without recursion; meant for texts that `JSON.parse` has refused already.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ("[" | "{")[] = [];
  let expected: Expected = "value";
  let at = skipSpace(text, 0);
  if (at === text.length) return { offset: at, problem: "empty" };
  while (at < text.length) {
    const char = text.charAt(at);
    if (isMark(expected, char)) {
      if (char === "[" || char === "{") open.push(char);
      if (char === "]" || char === "}") open.pop();
      expected = expectAfterMark(char, open);
      at += 1;
    } else {
      const end = mayBegin(expected, char) ? skipScalar(text, at) : { offset: at, problem: problems[expected] };
      if (typeof end !== "number") return end.offset < text.length ? end : cutShort(text);
      expected = isKey(expected) ? "colon" : expectAfterValue(open);
      at = end;
    }
    at = skipSpace(text, at);
  }
  return expected === "end" ? undefined : cutShort(text);
}

function cutShort(text: string): JsonFault {
  return { offset: text.length, problem: "it ends too early," };
}

/** Whether a string, number or literal that begins with `char` may stand here. */
function mayBegin(expected: Expected, char: string): boolean {
  if (isKey(expected)) return char === '"';
  return (expected === "value" || expected === "value or ]") && '"-0123456789tfn'.includes(char);
}

function isKey(expected: Expected): boolean {
  return expected === "key" || expected === "key or }";
}

/** Whether a structural character may stand here. */
function isMark(expected: Expected, char: string): boolean {
  if (char === "[" || char === "{") return expected === "value" || expected === "value or ]";
  if (char === "]") return expected === "value or ]" || expected === "comma or ]";
  if (char === "}") return expected === "key or }" || expected === "comma or }";
  if (char === ",") return expected === "comma or ]" || expected === "comma or }";
  return char === ":" && expected === "colon";
}

function expectAfterMark(char: string, open: readonly string[]): Expected {
  if (char === "[") return "value or ]";
  if (char === "{") return "key or }";
  if (char === ":") return "value";
  if (char === ",") return open.at(-1) === "{" ? "key" : "value";
  return expectAfterValue(open);
}

function expectAfterValue(open: readonly string[]): Expected {
  const container = open.at(-1);
  if (container === undefined) return "end";
  return container === "{" ? "comma or }" : "comma or ]";
}

/** The offset behind the string, number or literal that begins here, or its fault. */
function skipScalar(text: string, start: number): number | JsonFault {
  const char = text.charAt(start);
  if (char === '"') return skipString(text, start);
  if (char === "t") return skipLiteral(text, start, "true");
  if (char === "f") return skipLiteral(text, start, "false");
  if (char === "n") return skipLiteral(text, start, "null");
  return skipNumber(text, start);
}

function skipLiteral(text: string, start: number, word: string): number | JsonFault {
  let length = 1;
  while (length < word.length && text[start + length] === word[length]) length += 1;
  return length === word.length ? start + length : { offset: start + length, problem: `"${word}" is expected` };
}

function skipString(text: string, start: number): number | JsonFault {
  let at = start + 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '"') return at + 1;
    if (char < " ") return { offset: at, problem: "a string has a control character that is not escaped" };
    at = char === "\\" ? skipEscape(text, at) : at + 1;
    if (at < 0) return { offset: ~at, problem: "a string has an unknown escape" };
  }
  return cutShort(text);
}

/** The offset behind an escape, or the complement (`~`) of the offset where it stops being one. */
function skipEscape(text: string, start: number): number {
  const at = start + 1;
  if (at < text.length && '"\\/bfnrt'.includes(text.charAt(at))) return at + 1;
  if (text[at] !== "u") return ~at;
  for (let digit = at + 1; digit <= at + 4; digit += 1) {
    if (digit >= text.length || !"0123456789abcdefABCDEF".includes(text.charAt(digit))) return ~digit;
  }
  return at + 5;
}

function skipNumber(text: string, start: number): number | JsonFault {
  let at = text[start] === "-" ? start + 1 : start;
  const whole = text[at] === "0" ? at + 1 : skipDigits(text, at);
  if (whole === at) return { offset: at, problem: "a number needs a digit" };
  at = whole;
  if (text[at] === ".") {
    const fraction = skipDigits(text, at + 1);
    if (fraction === at + 1) return { offset: fraction, problem: "a number needs a digit" };
    at = fraction;
  }
  if (text[at] !== "e" && text[at] !== "E") return at;
  at += text[at + 1] === "+" || text[at + 1] === "-" ? 2 : 1;
  const exponent = skipDigits(text, at);
  return exponent === at ? { offset: at, problem: "a number needs a digit" } : exponent;
}

function skipDigits(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  return at;
}
