/** What a vendor's adapter hands to the schema compiler: how to validate, what the shape is, how to read an issue. */

import type { JsonSchema } from "../json-schema.ts";
import type { StandardIssue, StandardResult } from "../standard-schema.ts";

/** An issue with what vendors add to the standard. */
export interface CodedIssue extends StandardIssue {
  readonly code?: unknown;
}

export interface Vendor {
  readonly validate: (value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>;
  readonly input: JsonSchema | undefined;
  readonly output: JsonSchema | undefined;
  /**
   * Who drops what the schema does not declare: the vendor "itself"; we, "after" validation by the output shape;
   * or we, also before it ("around"), because a transform could carry undeclared keys over into a shape nobody knows.
   */
  readonly stripping: "itself" | "after" | "around";
  /** Message and code of one issue found in `value`. The message must not contain any of the value. */
  readonly readIssue: (issue: CodedIssue, value: unknown) => { readonly message: string; readonly code: string };
}

/** The code of an issue whose vendor gives none. */
export const unknownCode = "invalid";

/** The code that the vendor gave to an issue. */
export function codeOf(issue: CodedIssue): string {
  return typeof issue.code === "string" ? issue.code : unknownCode;
}

/** How Apus describes a date and a bigint, which JSON Schema does not have: as JSON carries them. */
export const dateSchema: JsonSchema = { type: "string", format: "date-time" };
export const bigintSchema: JsonSchema = { type: "string", pattern: "^-?[0-9]+$" };
