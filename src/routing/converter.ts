/** Converters: what `{id:int}` means, from the text of a segment to a value and back. */

import type { JsonSchema } from "../schema/json-schema.ts";

/** Turns the text of a path parameter into a value, and a value into text. */
export interface Converter<T = unknown> {
  /** Gets the text decoded once and never empty; undefined when it does not fit. */
  parse(text: string): T | undefined;
  /** The text that `parse` turns into this value, not yet percent-encoded; undefined when the value does not fit. */
  format(value: T): string | undefined;
  /** What the documentation says of the value. */
  readonly schema: JsonSchema;
  /** Completes the sentence "must be …", for example "an integer". */
  readonly expected: string;
}

/** What each built-in converter gives; the keys of `builtinConverters`. */
export interface BuiltinConverterTypes {
  str: string;
  int: number;
  float: number;
  uuid: string;
  path: string;
}

const decimalForm = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

// A lone surrogate has no UTF-8 form, so no URL can carry it.
function formatText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.isWellFormed() ? value : undefined;
}

function parseText(text: string): string | undefined {
  return text === "" ? undefined : text;
}

// By hand: a regular expression and Number() took five times as long on four digits.
// Beyond the safe integers the sum is rounded, but it never comes back below them.
function parseInteger(text: string): number | undefined {
  const first = text.startsWith("-") ? 1 : 0;
  if (first === text.length) return undefined;
  let value = 0;
  for (let index = first; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return first === 1 && value !== 0 ? -value : value; // "-0" is zero
}

function parseDecimal(text: string): number | undefined {
  if (!decimalForm.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function formatDecimal(value: unknown): string | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Object.is(value, -0) ? "-0" : String(value);
}

function parseUuid(text: string): string | undefined {
  return uuidForm.test(text) ? text.toLowerCase() : undefined;
}

const str: Converter<string> = {
  parse: parseText,
  format: formatText,
  schema: { type: "string" },
  expected: "a text that is not empty",
};

const int: Converter<number> = {
  parse: parseInteger,
  format: (value) => (Number.isSafeInteger(value) ? String(value) : undefined),
  schema: { type: "integer" },
  expected: "an integer",
};

const float: Converter<number> = {
  parse: parseDecimal,
  format: formatDecimal,
  schema: { type: "number" },
  expected: "a number",
};

const uuid: Converter<string> = {
  parse: parseUuid,
  format: (value) => (typeof value === "string" ? parseUuid(value) : undefined),
  schema: { type: "string", format: "uuid" },
  expected: "a UUID",
};

const path: Converter<string> = {
  parse: parseText,
  format: formatText,
  schema: { type: "string" },
  expected: "a path that is not empty",
};

/** The converters that every app knows, by the name a template gives them; `str` stands where none is named. */
export const builtinConverters: ReadonlyMap<string, Converter> = new Map<string, Converter>([
  ["str", str],
  ["int", int],
  ["float", float],
  ["uuid", uuid],
  ["path", path],
]);
