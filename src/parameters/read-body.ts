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

/** What somebody needs of the body, ready to be read from it. */
export interface BodyPart {
  readonly place: "body" | "form";
  readonly schema: Schema;
  readonly reader: TextReader | undefined;
}

/** A declared body, ready to be read. `limit` is in bytes. */
export interface BodyStep extends BodyPart {
  readonly limit: number;
}

export const formMediaType = "application/x-www-form-urlencoded";
export const multipartMediaType = "multipart/form-data";
const jsonMediaType = "application/json";
const jsonTypes: readonly string[] = [jsonMediaType];
/** What a form without files may come as. */
export const formTypes: readonly string[] = [formMediaType, multipartMediaType];

/** Prepares a JSON body or a form for reading. */
export function compileBodyPart(place: "body" | "form", schema: Schema): BodyPart {
  if (place === "body") return { place, schema, reader: undefined };
  const reader = compileTextReader(schema.input, {
    place,
    ignoreCase: false,
    undeclared: "keep",
    emptyIsMissing: true,
  });
  return { place, schema, reader };
}

/**
 * The body's value; undefined, with issues added, when it does not fit.
 * @throws HttpError 400 malformed, 413 over the limit, 415 another content type, encoding or charset.
 */
export function readBody(step: BodyStep, request: HttpRequest, issues: Issue[]): unknown {
  return chain(readBytes(step, request), (bytes) => {
    if (bytes.length === 0 && step.place === "body") return readMissing(step, issues);
    if (step.reader !== undefined) return validateBody(step, step.reader.read(parsePairs(bytes)), issues);
    return validateBody(step, { value: parseJson(bytes), issues: noIssues }, issues);
  });
}

/** How a body that several read is received. `limit` is in bytes. */
export interface SharedBody {
  readonly parts: readonly BodyPart[];
  readonly limit: number;
}

/**
 * The value of each part of a body that is read and parsed once, in the parts' order; undefined, with issues added, for those that do not fit.
 * @throws as `readBody()` does
 */
export async function readSharedBody(
  { parts, limit }: SharedBody,
  request: HttpRequest,
  issues: Issue[],
): Promise<readonly unknown[]> {
  const { place } = parts[0] as BodyPart;
  const bytes = await readBytes({ place, limit }, request);
  if (place === "form") return readFields(parts, { texts: parsePairs(bytes), values: noValues }, issues);
  const json = bytes.length === 0 ? undefined : parseJson(bytes);
  const values: unknown[] = [];
  for (const part of parts) {
    const read = { value: json, issues: noIssues };
    values.push(await (bytes.length === 0 ? readMissing(part, issues) : validateBody(part, read, issues)));
  }
  return values;
}

/** The texts of a form, and the values of it that came as JSON. */
export interface FormFields {
  readonly texts: TextPairs;
  readonly values: ReadonlyMap<string, unknown>;
}

/** What each part makes of a form whose fields have been received; undefined, with issues added, for those that do not fit. */
export async function readFields(
  parts: readonly BodyPart[],
  { texts, values }: FormFields,
  issues: Issue[],
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const part of parts) {
    const read = part.reader?.read(texts) ?? { value: {}, issues: noIssues };
    const value = values.size === 0 ? read.value : { ...read.value, ...Object.fromEntries(values) };
    results.push(await validateBody(part, { value, issues: read.issues }, issues));
  }
  return results;
}

const noBytes = new Uint8Array(0);
const noIssues: readonly Issue[] = [];
const noValues: FormFields["values"] = new Map();

interface BodyReading {
  readonly value: unknown;
  readonly issues: readonly Issue[];
}

function validateBody(step: BodyPart, read: BodyReading, issues: Issue[]): unknown {
  return chain(step.schema.validate(read.value), (result) => {
    if (read.issues.length > 0) issues.push(...read.issues);
    if (result.issues === undefined) return result.value;
    issues.push(...buildIssues(step.place, result, read.issues));
    return undefined;
  });
}

function readBytes(
  { place, limit }: Pick<BodyStep, "place" | "limit">,
  request: HttpRequest,
): MaybePromise<Uint8Array> {
  if (request.body.length === 0) return noBytes;
  readContentType(request, place === "body" ? jsonTypes : formTypes);
  return request.body.bytes(limit);
}

/** Nothing was sent: fine when the schema takes `undefined`, otherwise one issue at the root. */
function readMissing(step: BodyPart, issues: Issue[]): unknown {
  return chain(step.schema.validate(undefined), (result) => {
    if (result.issues === undefined) return result.value;
    issues.push({ in: step.place, pointer: "", message: "is required", code: "missing" });
    return undefined;
  });
}

function parsePairs(bytes: Uint8Array): TextPairs {
  return parseQuery(decodeText(bytes), "form");
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
  const type = readSentType(request, expected);
  const fits = expected[0] === jsonMediaType ? isJson(type.essence) : expected.includes(type.essence);
  if (!fits) throw refuseType(`The content type is not ${expected.join(" or ")}`, expected);
  const charset = type.parameters.get("charset")?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8" && charset !== "utf8") {
    throw refuseType("The charset is not UTF-8", expected);
  }
  checkEncoding(request);
  return type;
}

/**
 * Checks the content type of bytes that nobody reads as text: one of these, exactly, or of a family such as "image/*".
 * @throws HttpError 415
 */
export function checkRawType(request: HttpRequest, expected: readonly string[]): void {
  const { essence } = readSentType(request, expected);
  const fits = expected.some((type) =>
    type.endsWith("/*") ? essence.startsWith(type.slice(0, -1)) : type === essence,
  );
  if (!fits) throw refuseType(`The content type is not ${expected.join(" or ")}`, expected);
}

/** @throws HttpError 415 for content that is encoded */
export function checkEncoding(request: HttpRequest): void {
  const encoding = request.headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding === "identity") return;
  const headers = { "accept-encoding": "identity" };
  throw new HttpError(415, { detail: "The body is compressed, which is not accepted here." }, { headers });
}

function readSentType(request: HttpRequest, expected: readonly string[]): MediaType {
  const lines = request.headers.all("content-type");
  const [line] = lines;
  if (line === undefined) throw refuseType("The body has no content type", expected);
  if (lines.length > 1) throw refuseType("The content type was sent twice", expected);
  const type = parseMediaType(line);
  if (type === undefined) throw refuseType("The content type is malformed", expected);
  return type;
}

function refuseType(what: string, expected: readonly string[]): HttpError {
  const headers = { accept: expected.join(", ") };
  return new HttpError(415, { detail: `${what}; send ${expected.join(" or ")}.` }, { headers });
}
