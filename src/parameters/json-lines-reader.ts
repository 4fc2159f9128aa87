/** Reads JSON Lines: one JSON value a line, checked against a schema; empty lines are passed over. */

import { HttpError } from "../errors/http-error.ts";
import type { Schema } from "../schema/schema.ts";
import { CarriedBytes } from "./carried-bytes.ts";
import { parseJson } from "./parse-json.ts";
import { noRow, type RowReader } from "./read-rows.ts";
import { refuseRow, validateRow } from "./row-refusal.ts";

/** `maxLineBytes` is without the line's end. */
export interface JsonLinesPlan {
  readonly row: Schema;
  readonly maxLineBytes: number;
}

const lineFeed = 0x0a;
const noBytes = new Uint8Array(0);

/** A line ends with LF, or CRLF; the last one may have no end. */
export class JsonLinesReader implements RowReader {
  readonly #plan: JsonLinesPlan;
  readonly #carried = new CarriedBytes();
  #chunk: Uint8Array = noBytes;
  #at = 0;
  #isLast = false;
  #index = 0;

  constructor(plan: JsonLinesPlan) {
    this.#plan = plan;
  }

  push(chunk: Uint8Array | undefined): void {
    this.#chunk = chunk ?? noBytes;
    this.#at = 0;
    this.#isLast = chunk === undefined;
  }

  next(): unknown {
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      if (isBlank(line)) continue;
      const value = parseRow(line, this.#index);
      this.#index += 1;
      return validateRow(this.#plan.row, value, this.#index - 1);
    }
    return noRow;
  }

  #nextLine(): Uint8Array | undefined {
    const found = this.#chunk.indexOf(lineFeed, this.#at);
    const end = found === -1 ? this.#chunk.length : found;
    this.#checkSize(end - this.#at);
    const piece = this.#chunk.subarray(this.#at, end);
    this.#at = end + 1;
    if (found !== -1 && this.#carried.size === 0) return piece;
    if (piece.length > 0) this.#carried.add(piece);
    if (found !== -1) return this.#carried.take();
    this.#chunk = noBytes;
    this.#at = 0;
    if (!this.#isLast || this.#carried.size === 0) return undefined;
    return this.#carried.take();
  }

  #checkSize(more: number): void {
    const { maxLineBytes: limit } = this.#plan;
    if (this.#carried.size + more <= limit) return;
    const what = `is a line of more than ${limit} bytes`;
    throw refuseRow({ index: this.#index, code: "line-too-large", what, limit });
  }
}

/** Nothing but white space, the CR before a line feed included. */
function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** @throws HttpError 400 as `parseJson()` does, with the row in the place of the body */
function parseRow(line: Uint8Array, index: number): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const detail = error.problem.detail
      ?.replace("The body", `Row ${index + 1}`)
      .replace("at line 1, column", "at column");
    const place = { in: "body", pointer: `/${index}`, row: index + 1 };
    throw new HttpError(error.status, { ...error.problem, ...(detail !== undefined && { detail }), ...place });
  }
}
