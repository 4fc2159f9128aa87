/** The refusals of bodies that are made of rows: each names the row, never what was sent. */

import { HttpError, ValidationError } from "../errors/http-error.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import type { Schema } from "../schema/schema.ts";
import { buildIssues } from "./read-parameters.ts";

/** What is wrong, in the `code` member of the problem document; faults of JSON have those of `parseJson()`. */
export type RowErrorCode =
  | "line-too-large"
  | "row-too-large"
  | "field-too-large"
  | "csv-syntax"
  | "csv-utf8"
  | "csv-header"
  | "csv-columns";

/** A row that cannot be read at all. `index` counts from 0, and undefined is the header of a CSV. */
export interface RowFault {
  readonly index: number | undefined;
  readonly code: RowErrorCode;
  /** Goes on behind "Row 3". */
  readonly what: string;
  /** The limit that was passed. */
  readonly limit?: number;
}

/** 413 for what is too large, 400 for anything else. */
export function refuseRow({ index, code, what, limit }: RowFault): HttpError {
  const place = index === undefined ? { in: "body" } : { in: "body", pointer: `/${index}`, row: index + 1 };
  const detail = `${index === undefined ? "The header" : `Row ${index + 1}`} ${what}.`;
  return new HttpError(limit === undefined ? 400 : 413, {
    detail,
    code,
    ...place,
    ...(limit !== undefined && { limit }),
  });
}

/**
 * What the schema makes of a row.
 * @throws ValidationError with pointers that begin with the row's index, and messages that end with its number
 */
export function validateRow(schema: Schema, value: unknown, index: number): MaybePromise<unknown> {
  return chain(schema.validate(value), (result) => {
    if (result.issues === undefined) return result.value;
    throw new ValidationError(
      buildIssues("body", result).map((issue) => ({
        ...issue,
        pointer: `/${index}${issue.pointer}`,
        message: `${issue.message} (row ${index + 1})`,
      })),
    );
  });
}
