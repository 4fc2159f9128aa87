/** Compiles a body that is not one JSON value for its operation: its limit, and whether it can be received at all. */

import { ApusError } from "../errors/apus-error.ts";
import type { BodyFormatSettings } from "../parameters/body-format.ts";
import { compileBodyFormat, type FormatStep } from "../parameters/compile-body-format.ts";
import type { Schema } from "../schema/schema.ts";
import { resolveReference } from "../schema/walk-json-schema.ts";

/** What the operation and its app say of bodies; limits are in bytes. */
export interface FormatPlace {
  readonly where: string;
  /** The operation's own limit. */
  readonly own: number | undefined;
  /** The app's. */
  readonly bodyLimit: number;
}

/**
 * A declared size stands in the place of the app's limit; the operation's own limit is what it says.
 * @throws ApusError APUS_BAD_OPTION for a size that can never be received, and rows of a CSV that are no objects
 */
export function compileFormat(settings: BodyFormatSettings, row: Schema | undefined, place: FormatPlace): FormatStep {
  const { where, own, bodyLimit } = place;
  const { maxBytes } = settings;
  if (own !== undefined && maxBytes !== undefined && maxBytes > own) {
    const why = `the body may have ${maxBytes} bytes, which the bodyLimit of ${own} bytes never lets through.`;
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}`);
  }
  if (settings.kind === "csv" && !mayBeObject(row)) {
    throw new ApusError(
      "APUS_BAD_OPTION",
      `${where}: a row of a CSV is an object, and the schema of csvBody() is none.`,
    );
  }
  return compileBodyFormat(settings, { row, limit: maxBytes ?? own ?? bodyLimit });
}

function mayBeObject(row: Schema | undefined): boolean {
  const input = row?.input;
  if (input === undefined) return true;
  const { type } = resolveReference(input, input) ?? input;
  return type === undefined || type === "object" || (typeof type !== "string" && type.includes("object"));
}
