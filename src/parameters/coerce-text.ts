/** Turns text into the value that a JSON Schema asks for; text that does not fit stays text, so that the schema says why. */

/** Reads one text; undefined means that it is not of this kind. */
export type ReadText = (text: string) => unknown;

const zero = 0x30;
const nine = 0x39;
const maximumNumberLength = 400;

/** A decimal integer ("-12", "007") that a number holds exactly. */
export function readInteger(text: string): number | undefined {
  const start = text.startsWith("-") ? 1 : 0;
  if (text.length > maximumNumberLength || skipDigits(text, start) !== text.length || text.length === start)
    return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? withoutNegativeZero(value) : undefined;
}

/** A decimal number with or without fraction and exponent ("-1.5", "2e3"); no "Infinity", no hexadecimal, no spaces. */
export function readNumber(text: string): number | undefined {
  if (text.length > maximumNumberLength || !isDecimal(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? withoutNegativeZero(value) : undefined;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "on", "yes", "t", "y"].map((word): [string, boolean] => [word, true]),
  ...["false", "0", "off", "no", "f", "n"].map((word): [string, boolean] => [word, false]),
]);

/** The words that forms and people use: true/false, 1/0, on/off, yes/no, t/f, y/n, in any case. */
export function readBoolean(text: string): boolean | undefined {
  return text.length > "false".length ? undefined : booleans.get(text.toLowerCase());
}

function isDecimal(text: string): boolean {
  const start = text.startsWith("-") ? 1 : 0;
  let end = skipDigits(text, start);
  if (end === start) return false;
  if (text[end] === ".") {
    const fraction = end + 1;
    end = skipDigits(text, fraction);
    if (end === fraction) return false;
  }
  if (text[end] === "e" || text[end] === "E") {
    const exponent = text[end + 1] === "-" || text[end + 1] === "+" ? end + 2 : end + 1;
    end = skipDigits(text, exponent);
    if (end === exponent) return false;
  }
  return end === text.length;
}

function skipDigits(text: string, start: number): number {
  let index = start;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code < zero || code > nine) break;
    index++;
  }
  return index;
}

function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}
