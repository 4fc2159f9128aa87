/** What was thrown in a worker, as data, and back: class, name, message, stack, cause and own properties survive. */

import { ApusError, type ErrorCode } from "../errors/apus-error.ts";
import { HttpError, ValidationError, type ProblemInit } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { ErrorClass } from "./inside-worker.ts";

/** An error as data, or whatever else was thrown. */
export type EncodedThrown = { readonly error: EncodedError } | { readonly value: unknown };

export interface EncodedError {
  /** Name of the nearest class that both sides have. */
  readonly base: string;
  /** Which of the declared classes it is an instance of. */
  readonly listed: number;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own enumerable properties that JSON can carry. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: EncodedThrown | undefined;
  readonly errors: readonly EncodedThrown[] | undefined;
}

type BuildError = (message: string, fields: Readonly<Record<string, unknown>>, name: string) => Error;

/** How errors of the classes that both sides have are made. */
const builders: ReadonlyMap<string, BuildError> = new Map<string, BuildError>([
  ["Error", (message) => new Error(message)],
  ["TypeError", (message) => new TypeError(message)],
  ["RangeError", (message) => new RangeError(message)],
  ["SyntaxError", (message) => new SyntaxError(message)],
  ["ReferenceError", (message) => new ReferenceError(message)],
  ["URIError", (message) => new URIError(message)],
  ["EvalError", (message) => new EvalError(message)],
  ["AggregateError", (message) => new AggregateError([], message)],
  ["DOMException", (message, _, name) => new DOMException(message, name)],
  ["ApusError", (_, { code, reason }) => new ApusError(code as ErrorCode, String(reason))],
  ["ValidationError", (_, { issues }) => new ValidationError(issues as readonly Issue[])],
  [
    "HttpError",
    (_, { status, problem = {}, headers = {} }) =>
      new HttpError(status as number, problem as ProblemInit, { headers: headers as Record<string, string> }),
  ],
]);

/** The same classes by their prototype: a minifier may have changed the names of ours. */
const bases = new Map<object | null, string>([
  [Error.prototype, "Error"],
  [TypeError.prototype, "TypeError"],
  [RangeError.prototype, "RangeError"],
  [SyntaxError.prototype, "SyntaxError"],
  [ReferenceError.prototype, "ReferenceError"],
  [URIError.prototype, "URIError"],
  [EvalError.prototype, "EvalError"],
  [AggregateError.prototype, "AggregateError"],
  [DOMException.prototype, "DOMException"],
  [ApusError.prototype, "ApusError"],
  [ValidationError.prototype, "ValidationError"],
  [HttpError.prototype, "HttpError"],
]);

const ownParts = new Set(["name", "message", "stack", "cause", "errors"]);
const deepest = 8;
const mostErrors = 100;

/** `classes` are those that the function declares; both sides have them in the same order. */
export function encodeThrown(thrown: unknown, classes: readonly ErrorClass[] = [], depth = 0): EncodedThrown {
  if (!(thrown instanceof Error)) return { value: copyPlain(thrown) };
  const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
  const goesOn = depth < deepest;
  const inner = (part: unknown): EncodedThrown => encodeThrown(part, classes, depth + 1);
  return {
    error: {
      base: baseOf(thrown),
      listed: classes.findIndex((each) => thrown instanceof each),
      name: nameOf(thrown),
      message: thrown.message,
      stack: typeof thrown.stack === "string" ? thrown.stack : undefined,
      fields: copyFields(thrown),
      cause: goesOn && cause !== undefined ? inner(cause) : undefined,
      errors: goesOn && Array.isArray(errors) ? errors.slice(0, mostErrors).map(inner) : undefined,
    },
  };
}

export function decodeThrown(thrown: EncodedThrown, classes: readonly ErrorClass[] = []): unknown {
  if (!("error" in thrown)) return thrown.value;
  const { base, listed, name, message, stack, fields, cause, errors } = thrown.error;
  const error = buildError({ base, message, name, fields });
  const listedClass = classes[listed];
  if (listedClass !== undefined) Object.setPrototypeOf(error, listedClass.prototype as object);
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, { value, enumerable: true, configurable: true, writable: true });
  }
  if (error.message !== message) define(error, "message", message);
  if (error.name !== name) define(error, "name", name);
  define(error, "stack", stack);
  if (cause !== undefined) define(error, "cause", decodeThrown(cause, classes));
  if (errors !== undefined) {
    const decoded = errors.map((each) => decodeThrown(each, classes));
    define(error, "errors", decoded);
  }
  return error;
}

function buildError({
  base,
  message,
  name,
  fields,
}: Pick<EncodedError, "base" | "message" | "name" | "fields">): Error {
  try {
    return builders.get(base)?.(message, fields, name) ?? new Error(message);
  } catch {
    // Somebody has changed what the class would not have accepted.
    return new Error(message);
  }
}

/** As errors have these of their own. */
function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, enumerable: false, configurable: true, writable: true });
}

function baseOf(error: Error): string {
  let prototype = Object.getPrototypeOf(error) as object | null;
  while (prototype !== null && !bases.has(prototype)) prototype = Object.getPrototypeOf(prototype) as object | null;
  return bases.get(prototype) ?? "Error";
}

/** `class OutOfInk extends Error {}` inherits the name "Error"; its class says more. */
function nameOf(error: Error): string {
  const { name } = error;
  const className = error.constructor?.name;
  if (typeof name === "string" && name !== "" && (name !== baseOf(error) || bases.has(Object.getPrototypeOf(error)))) {
    return name;
  }
  return className === undefined || className === "" ? "Error" : className;
}

function copyFields(error: Error): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (ownParts.has(key) || key === "__proto__") continue;
    const value = copyJson(error, key);
    if (value !== undefined) fields[key] = value;
  }
  return fields;
}

function copyJson(error: object, key: string): unknown {
  try {
    const text = JSON.stringify((error as Record<string, unknown>)[key]) as string | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** What JSON can carry, otherwise a text that says what it was. */
function copyPlain(value: unknown): unknown {
  if (value == null || typeof value === "bigint" || typeof value === "number") return value;
  return copyJson({ value }, "value") ?? Object.prototype.toString.call(value);
}
