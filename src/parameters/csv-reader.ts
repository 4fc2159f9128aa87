/** Reads CSV whose first line names the columns: texts become what the JSON Schema of a row says, then the schema checks them. */

import { HttpError, ValidationError } from "../errors/http-error.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { resolveReference } from "../schema/walk-json-schema.ts";
import { compileTextReader, type TextReader } from "./compile-text-reader.ts";
import { CsvScanner, type CsvLimits } from "./csv-scanner.ts";
import { maxPairs } from "./parse-query.ts";
import { noRow, type RowReader } from "./read-rows.ts";
import { refuseRow, validateRow } from "./row-refusal.ts";

/** What a CSV is read with, made once. */
export interface CsvPlan extends CsvLimits {
  readonly row: Schema;
  readonly reader: TextReader;
  /** Columns that must be there. */
  readonly required: readonly string[];
}

/** Prepares the reading of rows. */
export function compileCsvPlan(row: Schema, limits: CsvLimits): CsvPlan {
  const reader = compileTextReader(row.input, {
    place: "body",
    ignoreCase: false,
    undeclared: "keep",
    emptyIsMissing: true,
  });
  const { delimiter, maxRowBytes, maxFieldBytes } = limits;
  return { row, reader, required: listRequired(row.input ?? {}), delimiter, maxRowBytes, maxFieldBytes };
}

export class CsvReader implements RowReader {
  readonly #plan: CsvPlan;
  readonly #scanner: CsvScanner;
  #columns: readonly string[] | undefined;
  #index = 0;
  #isLast = false;

  constructor(plan: CsvPlan) {
    this.#plan = plan;
    this.#scanner = new CsvScanner(plan, maxPairs);
  }

  push(chunk: Uint8Array | undefined): void {
    this.#isLast = chunk === undefined;
    this.#scanner.push(chunk);
  }

  next(): unknown {
    this.#columns ??= this.#readHeader();
    const record = this.#columns === undefined ? undefined : this.#scanner.next();
    if (record === undefined) return noRow;
    const index = this.#index;
    this.#index += 1;
    return this.#readRow(record, index);
  }

  #readHeader(): readonly string[] | undefined {
    const columns = this.#scanner.next();
    if (columns === undefined) {
      if (!this.#isLast) return undefined;
      throw new HttpError(400, { detail: "The CSV has no header line.", code: "csv-header", in: "body" });
    }
    checkColumns(columns);
    const missing = this.#plan.required.filter((name) => !columns.includes(name));
    if (missing.length > 0) {
      throw new ValidationError(
        missing.map((name) => ({
          in: "body",
          pointer: "",
          message: `has no column ${JSON.stringify(name)}`,
          code: "missing",
        })),
      );
    }
    this.#scanner.maxFields = columns.length;
    return columns;
  }

  #readRow(fields: readonly string[], index: number): unknown {
    const columns = this.#columns as readonly string[];
    if (fields.length !== columns.length) {
      const what = `has ${fields.length} of ${columns.length} columns`;
      throw refuseRow({ index, code: "csv-columns", what });
    }
    const pairs = columns.map((name, column): readonly [string, string] => [name, fields[column] as string]);
    return validateRow(this.#plan.row, this.#plan.reader.read(pairs).value, index);
  }
}

/** @throws HttpError 400 for a column without a name, or two of one name */
function checkColumns(columns: readonly string[]): void {
  const known = new Map<string, number>();
  for (const [index, name] of columns.entries()) {
    const first = known.get(name);
    const what =
      name === "" ? `has no name for column ${index + 1}` : `has one name for columns ${first} and ${index + 1}`;
    if (name === "" || first !== undefined) throw refuseRow({ index: undefined, code: "csv-header", what });
    known.set(name, index + 1);
  }
}

function listRequired(schema: JsonSchema): readonly string[] {
  return (resolveReference(schema, schema) ?? schema).required ?? [];
}
