/** Compiles the declaration of a body that is not one JSON value to what receives it, at startup. */

import type { HttpRequest } from "../http/http-request.ts";
import { chain } from "../http/maybe-promise.ts";
import type { Schema } from "../schema/schema.ts";
import { checkSize, OneTimeItems, readChunks, type BodyLife } from "./body-chunks.ts";
import type { BodyFormatSettings } from "./body-format.ts";
import { compileCsvPlan, CsvReader } from "./csv-reader.ts";
import { JsonLinesReader } from "./json-lines-reader.ts";
import { checkEncoding, checkRawType, readContentType } from "./read-body.ts";
import { readRows, type RowReader } from "./read-rows.ts";

/** The media types of JSON Lines; the first is the one to send. */
export const jsonLinesTypes: readonly string[] = ["application/jsonl", "application/x-ndjson", "application/ndjson"];
export const csvTypes: readonly string[] = ["text/csv"];

/** Whose body it is. */
export interface BodyOwner extends BodyLife {
  readonly request: HttpRequest;
}

/** A declared body, ready to be received. */
export interface FormatStep {
  /** What it may be sent as; undefined for anything. */
  readonly mediaTypes: readonly string[] | undefined;
  /** The schema of a row; undefined for bytes. */
  readonly row: Schema | undefined;
  /** Bytes that it may have. */
  readonly limit: number;
  /** Whether nothing at all is refused. */
  readonly isRequired: boolean;
  /**
   * What the handler gets.
   * @throws HttpError 413, 415, before anything is read; for bytes that are received whole also as `RequestBody.bytes()` does
   */
  readonly receive: (owner: BodyOwner) => unknown;
}

/** What a declaration is compiled with. `limit` is in bytes; `row` is the schema of `settings.row`. */
export interface FormatParts {
  readonly limit: number;
  readonly row: Schema | undefined;
}

export function compileBodyFormat(settings: BodyFormatSettings, { limit, row }: FormatParts): FormatStep {
  if (!("row" in settings)) {
    const { kind, types } = settings;
    const receive = kind === "bytes" ? receiveBytes : openChunks;
    const check = (request: HttpRequest): void => checkBytes(request, types);
    return {
      mediaTypes: types,
      row: undefined,
      limit,
      isRequired: false,
      receive: (owner) => receive(owner, { limit, check }),
    };
  }
  const isCsv = settings.kind === "csv";
  const mediaTypes = isCsv ? csvTypes : jsonLinesTypes;
  const createReader = compileReader(settings, row as Schema);
  const check = (request: HttpRequest): void => {
    if (isSent(request)) readContentType(request, mediaTypes);
  };
  const receive = (owner: BodyOwner): unknown =>
    new OneTimeItems(readRows(openChunks(owner, { limit, check }), createReader()));
  return { mediaTypes, row, limit, isRequired: isCsv, receive };
}

type RowSettings = Extract<BodyFormatSettings, { readonly row: unknown }>;

function compileReader(settings: RowSettings, row: Schema): () => RowReader {
  if (settings.kind === "json-lines") {
    const { maxLineBytes } = settings;
    return () => new JsonLinesReader({ row, maxLineBytes });
  }
  const plan = compileCsvPlan(row, settings);
  return () => new CsvReader(plan);
}

interface Receiving {
  readonly limit: number;
  /** @throws HttpError 415 */
  readonly check: (request: HttpRequest) => void;
}

/** Always a plain `Uint8Array`, whatever the engine has. */
function receiveBytes({ request }: BodyOwner, { limit, check }: Receiving): unknown {
  check(request);
  return chain(
    request.body.bytes(limit),
    ({ buffer, byteOffset, length }) => new Uint8Array(buffer, byteOffset, length),
  );
}

function openChunks(owner: BodyOwner, { limit, check }: Receiving): AsyncIterable<Uint8Array> {
  const { body } = owner.request;
  check(owner.request);
  checkSize(body.length ?? 0, limit);
  return new OneTimeItems(readChunks(body, limit, owner));
}

function checkBytes(request: HttpRequest, types: readonly string[] | undefined): void {
  if (types !== undefined && isSent(request)) checkRawType(request, types);
  checkEncoding(request);
}

/** Nothing at all is of no type. */
function isSent({ body, headers }: HttpRequest): boolean {
  return body.length !== 0 || headers.get("content-type") !== undefined;
}
