/** What an operation declares of a body that is not one JSON value: bytes, whole or as they come, and rows, as JSON Lines or CSV. */

import { CheckedOptions } from "../errors/checked-options.ts";
import { parseMediaType } from "../http/media-type.ts";
import type { AnySchema, InferInput, InferOutput } from "../schema/standard-schema.ts";

export interface BytesBodyOptions {
  /** Media types such as "image/png" or "image/*"; anything else is 415. Any type by default, or none. */
  readonly types?: readonly string[];
  /** Largest size in bytes; beyond it 413. The operation's or the app's `bodyLimit` by default. */
  readonly maxBytes?: number;
}

export interface JsonLinesBodyOptions {
  /** Largest size of the whole in bytes; beyond it 413. The operation's or the app's `bodyLimit` by default. */
  readonly maxBytes?: number;
  /** Largest size of a line in bytes; beyond it 413. 1,048,576 by default. */
  readonly maxLineBytes?: number;
}

export interface CsvBodyOptions {
  /** What stands between two fields: one ASCII character, "," by default. */
  readonly delimiter?: string;
  /** Largest size of the whole in bytes; beyond it 413. The operation's or the app's `bodyLimit` by default. */
  readonly maxBytes?: number;
  /** Largest size of a row in bytes; beyond it 413. 1,048,576 by default. */
  readonly maxRowBytes?: number;
  /** Largest size of a field in bytes; beyond it 413. 131,072 by default. */
  readonly maxFieldBytes?: number;
}

/** A declared body. `Value` is what a handler gets, `Sent` what a call of the typed client has for it. */
export interface BodyFormat<Value = unknown, Sent = unknown> {
  readonly kind: "body";
  readonly settings: BodyFormatSettings;
  /** Only a type. */
  readonly "~types"?: { readonly value: Value; readonly sent: Sent };
}

/** A declaration with every default filled in; sizes are in bytes. */
export type BodyFormatSettings = BytesSettings | JsonLinesSettings | CsvSettings;

export interface BytesSettings {
  readonly kind: "bytes" | "stream";
  readonly types: readonly string[] | undefined;
  readonly maxBytes: number | undefined;
}

export interface JsonLinesSettings {
  readonly kind: "json-lines";
  readonly row: AnySchema;
  readonly maxBytes: number | undefined;
  readonly maxLineBytes: number;
}

export interface CsvSettings {
  readonly kind: "csv";
  readonly row: AnySchema;
  readonly delimiter: string;
  readonly maxBytes: number | undefined;
  readonly maxRowBytes: number;
  readonly maxFieldBytes: number;
}

/** What the typed client sends as bytes. */
export type SentBytes = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What the typed client sends as rows. */
export type SentRows<Row> = Iterable<Row> | AsyncIterable<Row>;

interface SentJsonLines<Row> {
  readonly body: SentRows<Row>;
  /** How the rows are written. */
  readonly bodyFormat: "json-lines";
}

type SentCsv<Row, Options> = {
  readonly body: SentRows<Row>;
  /** How the rows are written. */
  readonly bodyFormat: "csv";
  /** The columns in their order; those of the first row by default. */
  readonly columns?: readonly (keyof Row & string)[];
} & (Options extends { readonly delimiter: infer D extends string } ? { readonly delimiter: D } : unknown);

const mebibyte = 1_048_576;
const largestField = 131_072;

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing declared", as a type that adds no keys
type NoOptions = {};

/** Refuses option names that do not exist: a generic constraint alone would let a typing slip pass. */
type OnlyKnown<Options, Known> = { readonly [Key in Exclude<keyof Options, keyof Known>]: never };

/**
 * A body of any type, received whole: the handler gets a `Uint8Array`.
 * @throws ApusError APUS_BAD_OPTION
 */
export function rawBody(options: BytesBodyOptions = {}): BodyFormat<Uint8Array, { readonly body: SentBytes }> {
  return declareBytes("rawBody", "bytes", options);
}

/**
 * A body of any type, as it comes: the handler gets an `AsyncIterable<Uint8Array>`, and what it does not take waits at the client.
 * @throws ApusError APUS_BAD_OPTION
 */
export function streamBody(
  options: BytesBodyOptions = {},
): BodyFormat<AsyncIterable<Uint8Array>, { readonly body: SentBytes }> {
  return declareBytes("streamBody", "stream", options);
}

/**
 * Rows as JSON Lines, each validated when it comes: the handler gets an `AsyncIterable` of what the schema makes of them.
 * @throws ApusError APUS_BAD_OPTION
 */
export function jsonLinesBody<S extends AnySchema>(
  row: S,
  options: JsonLinesBodyOptions = {},
): BodyFormat<AsyncIterable<InferOutput<S>>, SentJsonLines<InferInput<S>>> {
  const checked = new CheckedOptions("jsonLinesBody", options, ["maxBytes", "maxLineBytes"]);
  checked.whole("maxBytes", 0);
  checked.whole("maxLineBytes", 1);
  const { maxBytes, maxLineBytes = mebibyte } = options;
  return declare({ kind: "json-lines", row, maxBytes, maxLineBytes });
}

/**
 * Rows as CSV (RFC 4180) whose first line names the columns. The texts of a row become what its schema says, as those of a
 * form do; the handler gets an `AsyncIterable` of what the schema makes of them.
 * @throws ApusError APUS_BAD_OPTION
 */
export function csvBody<S extends AnySchema, const Options extends CsvBodyOptions = NoOptions>(
  row: S,
  options?: Options & OnlyKnown<Options, CsvBodyOptions>,
): BodyFormat<AsyncIterable<InferOutput<S>>, SentCsv<InferInput<S>, Options>> {
  const given: CsvBodyOptions = options ?? {};
  const checked = new CheckedOptions("csvBody", given, ["delimiter", "maxBytes", "maxRowBytes", "maxFieldBytes"]);
  checked.whole("maxBytes", 0);
  checked.whole("maxRowBytes", 1);
  checked.whole("maxFieldBytes", 1);
  const { delimiter = ",", maxBytes, maxRowBytes = mebibyte, maxFieldBytes = largestField } = given;
  if (!isDelimiter(delimiter)) checked.refuse("delimiter", "one ASCII character, and neither a quote nor a line's end");
  return declare({ kind: "csv", row, delimiter, maxBytes, maxRowBytes, maxFieldBytes });
}

/** Whether a value was made by one of the functions here. */
export function isBodyFormat(value: unknown): value is BodyFormat {
  if (typeof value !== "object" || value === null) return false;
  const { kind, settings } = value as Partial<BodyFormat>;
  return kind === "body" && typeof settings === "object";
}

function declareBytes<Value>(
  factory: string,
  kind: BytesSettings["kind"],
  options: BytesBodyOptions,
): BodyFormat<Value, { readonly body: SentBytes }> {
  const checked = new CheckedOptions(factory, options, ["types", "maxBytes"]);
  checked.whole("maxBytes", 0);
  const { types, maxBytes } = options;
  if (types !== undefined && !isTypeList(types)) {
    checked.refuse("types", 'a list of media types such as "image/png" or "image/*", or left out');
  }
  return declare({ kind, types: types?.map((type) => type.toLowerCase()), maxBytes });
}

function declare<Value, Sent>(settings: BodyFormatSettings): BodyFormat<Value, Sent> {
  return Object.freeze({ kind: "body", settings: Object.freeze(settings) });
}

function isTypeList(types: unknown): boolean {
  return Array.isArray(types) && types.length > 0 && types.every(isType);
}

function isType(type: unknown): boolean {
  const parsed = typeof type === "string" ? parseMediaType(type) : undefined;
  return parsed !== undefined && parsed.parameters.size === 0 && !parsed.essence.startsWith("*");
}

function isDelimiter(delimiter: unknown): boolean {
  if (typeof delimiter !== "string" || delimiter.length !== 1) return false;
  return delimiter.charCodeAt(0) < 0x80 && !['"', "\r", "\n"].includes(delimiter);
}
