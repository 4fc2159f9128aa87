/** Reads a declared body: content type, size, text, then the schema; JSON and urlencoded forms. */

import { HttpError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import { isJson, parseMediaType, type MediaType } from "../http/media-type.ts";
import type { Schema } from "../schema/schema.ts";
import { compileTextReader, type TextReader } from "./compile-text-reader.ts";
import { parseJson } from "./parse-json.ts";
import { parseQuery } from "./parse-query.ts";
import { buildIssues, type TextPairs } from "./read-parameters.ts";

/** A declared body, ready to be read. `limit` is in bytes. */
export interface BodyStep {
  readonly place: "body" | "form";
  readonly schema: Schema;
  readonly limit: number;
  readonly reader: TextReader | undefined;
}

export const formMediaType = "application/x-www-form-urlencoded";
export const multipartMediaType = "multipart/form-data";
const jsonMediaType = "application/json";
const jsonTypes: readonly string[] = [jsonMediaType];
/** What a form without files may come as. */
export const formTypes: readonly string[] = [formMediaType, multipartMediaType];

/** Prepares a JSON body or a form for reading. */
export function compileBodyStep(place: "body" | "form", schema: Schema, limit: number): BodyStep {
  if (place === "body") return { place, schema, limit, reader: undefined };
  const reader = compileTextReader(schema.input, {
    place,
    ignoreCase: false,
    undeclared: "keep",
    emptyIsMissing: true,
  });
  return { place, schema, limit, reader };
}

/**
 * The body's value; undefined, with issues added, when it does not fit.
 * @throws HttpError 400 malformed, 413 over the limit, 415 another content type, encoding or charset.
 */
export function readBody(step: BodyStep, request: HttpRequest, issues: Issue[]): unknown {
  return chain(readBytes(step, request), (bytes) => {
    if (bytes.length === 0 && step.place === "body") return readMissing(step, issues);
    if (step.reader !== undefined) return validateBody(step, readForm(step.reader, bytes), issues);
    return validateBody(step, { value: parseJson(bytes), issues: noIssues }, issues);
  });
}

/** The texts of a form, and the values of it that came as JSON. */
export interface FormFields {
  readonly texts: TextPairs;
  readonly values: ReadonlyMap<string, unknown>;
}

/** The value of a form whose fields have been received; undefined, with issues added, when it does not fit. */
export function readFields(step: BodyStep, { texts, values }: FormFields, issues: Issue[]): unknown {
  const read = step.reader?.read(texts) ?? { value: {}, issues: noIssues };
  const value = values.size === 0 ? read.value : { ...read.value, ...Object.fromEntries(values) };
  return validateBody(step, { value, issues: read.issues }, issues);
}

const noBytes = new Uint8Array(0);
const noIssues: readonly Issue[] = [];

interface BodyReading {
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

function validateBody(step: BodyStep, read: BodyReading, issues: Issue[]): unknown {
  return chain(step.schema.validate(read.value), (result) => {
    if (read.issues.length > 0) issues.push(...read.issues);
    if (result.issues === undefined) return result.value;
    issues.push(...buildIssues(step.place, result, read.issues));
    return undefined;
  });
}

function readBytes(step: BodyStep, request: HttpRequest): MaybePromise<Uint8Array> {
  if (request.body.length === 0) return noBytes;
  readContentType(request, step.place === "body" ? jsonTypes : formTypes);
  return request.body.bytes(step.limit);
}

/** Nothing was sent: fine when the schema takes `undefined`, otherwise one issue at the root. */
function readMissing(step: BodyStep, issues: Issue[]): unknown {
  return chain(step.schema.validate(undefined), (result) => {
    if (result.issues === undefined) return result.value;
    issues.push({ in: step.place, pointer: "", message: "is required", code: "missing" });
    return undefined;
  });
}

function readForm(reader: TextReader, bytes: Uint8Array): ReturnType<TextReader["read"]> {
  return reader.read(parseQuery(decodeText(bytes), "form"));
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new HttpError(400, { detail: "The form is not UTF-8.", code: "form-encoding" }, { cause });
  }
}

/**
 * The content type of a body, which must be one of these; "application/json" stands for `application/*+json`, too.
 * @throws HttpError 415 for anything else, another charset than UTF-8, and content that is encoded.
 */
export function readContentType(request: HttpRequest, expected: readonly string[]): MediaType {
  const refuse = (what: string): never => {
    const headers = { accept: expected.join(", ") };
    throw new HttpError(415, { detail: `${what}; send ${expected.join(" or ")}.` }, { headers });
  };
  const lines = request.headers.all("content-type");
  if (lines.length > 1) refuse("The content type was sent twice");
  const type = lines[0] === undefined ? undefined : parseMediaType(lines[0]);
  if (type === undefined)
    return refuse(lines[0] === undefined ? "The body has no content type" : "The content type is malformed");
  const fits = expected[0] === jsonMediaType ? isJson(type.essence) : expected.includes(type.essence);
  if (!fits) refuse(`The content type is not ${expected.join(" or ")}`);
  checkCharset(type, refuse);
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding === "identity") return type;
  const headers = { "accept-encoding": "identity" };
  throw new HttpError(415, { detail: "The body is compressed, which is not accepted here." }, { headers });
}

function checkCharset(type: MediaType, refuse: (what: string) => never): void {
  const charset = type.parameters.get("charset")?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") refuse("The charset is not UTF-8");
}
