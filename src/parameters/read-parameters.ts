/** Reads path, query, header and cookie inputs of one request into typed values, or every issue of every place. */

import type { Issue } from "../errors/problem.ts";
import { parseCookies } from "../http/cookie-header.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import type { Schema, SchemaResult } from "../schema/schema.ts";
import { compileTextReader, type TextReader } from "./compile-text-reader.ts";
import { jsonPointer } from "./json-pointer.ts";
import { parseQuery } from "./parse-query.ts";

export type ParameterPlace = "path" | "query" | "headers" | "cookies";

export type TextPairs = Iterable<readonly [name: string, value: string]>;

/** One place that an operation declares, ready to be read. */
export interface ParameterStep {
  readonly place: ParameterPlace;
  readonly schema: Schema;
  readonly reader: TextReader;
}

export type ParameterValues = { [Place in ParameterPlace]?: unknown };

const issuePlaces: Readonly<Record<ParameterPlace, Issue["in"]>> = {
  path: "path",
  query: "query",
  headers: "header",
  cookies: "cookie",
};

/** Where parameters come from; `path` holds what the route's converters made of the path. */
export interface ParameterSource {
  readonly request: HttpRequest;
  readonly path: Readonly<Record<string, unknown>>;
}

/** Prepares one place: its texts will be coerced by the schema's own JSON Schema, then validated. */
export function compileParameterStep(place: ParameterPlace, schema: Schema): ParameterStep {
  const reader = compileTextReader(schema.input, {
    place: issuePlaces[place],
    ignoreCase: place === "headers",
    undeclared: place === "headers" ? "drop" : "keep",
    emptyIsMissing: false,
  });
  return { place, schema, reader };
}

/** Reads every declared place; issues are added to `issues`, values of the places that fit are returned. */
export function readParameters(
  steps: readonly ParameterStep[],
  source: ParameterSource,
  issues: Issue[],
): MaybePromise<ParameterValues> {
  const values: ParameterValues = {};
  const readFrom = (index: number): MaybePromise<ParameterValues> => {
    const step = steps[index];
    if (step === undefined) return values;
    return chain(readStep(step, source, issues), (value) => {
      values[step.place] = value;
      return readFrom(index + 1);
    });
  };
  return readFrom(0);
}

/** Whether a request has any of the inputs that the steps declare; a path always has its own. */
export function hasAnyParameter(steps: readonly ParameterStep[], request: HttpRequest): boolean {
  return steps.some((step) => {
    const declared = step.schema.input?.properties;
    if (step.place === "path" || declared === undefined) return true;
    const names = new Set(Object.keys(declared).map((name) => (step.place === "headers" ? name.toLowerCase() : name)));
    for (const [name] of readPairs(step, request)) if (names.has(name)) return true;
    return false;
  });
}

function readStep(step: ParameterStep, source: ParameterSource, issues: Issue[]): unknown {
  const { place, schema, reader } = step;
  const read = place === "path" ? readPath(reader, source.path) : reader.read(readPairs(step, source.request));
  return chain(schema.validate(read.value), (result) => {
    if (read.issues.length > 0) issues.push(...read.issues);
    if (result.issues === undefined) return result.value;
    issues.push(...buildIssues(issuePlaces[place], result, read.issues));
    return undefined;
  });
}

/** The issues of one place, without those at a pointer that has one already. */
export function buildIssues(place: Issue["in"], result: SchemaResult, known: readonly Issue[] = []): readonly Issue[] {
  const issues = (result.issues ?? []).map(({ path, message, code }) => ({
    in: place,
    pointer: jsonPointer(path),
    message,
    code,
  }));
  return known.length === 0
    ? issues
    : issues.filter((issue) => !known.some(({ pointer }) => pointer === issue.pointer));
}

function readPairs(step: ParameterStep, request: HttpRequest): TextPairs {
  if (step.place === "query") return parseQuery(request.query, "query");
  if (step.place === "cookies") return readCookies(request.headers.get("cookie") ?? "");
  return request.headers.entries();
}

/** Browsers send the cookie of the longest path first (RFC 6265bis §5.8.3), so of two with one name the first counts. */
function readCookies(header: string): TextPairs {
  const first = new Map<string, string>();
  for (const [name, value] of parseCookies(header)) if (!first.has(name)) first.set(name, value);
  return first;
}

/** Converters have typed some parameters already; only those that are still text are coerced. */
function readPath(reader: TextReader, parameters: Readonly<Record<string, unknown>>): ReturnType<TextReader["read"]> {
  const texts: [string, string][] = [];
  const typed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === "string") texts.push([name, value]);
    else typed[name] = value;
  }
  const read = reader.read(texts);
  return { value: { ...read.value, ...typed }, issues: read.issues };
}
