/** The seam between a schema vendor and the framework: validate a value, describe its shape. */

import type { JsonSchema } from "./json-schema.ts";

/** One thing that does not fit; `path` holds keys and indexes from the root of the value. */
export interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly code: string;
}

export type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[]; readonly value?: undefined };

/** A user's schema, compiled once at startup. */
export interface Schema {
  /** A promise only when the schema itself is asynchronous. */
  validate(value: unknown): SchemaResult | Promise<SchemaResult>;
  /** JSON Schema of what comes in; undefined when the vendor cannot say. */
  readonly input: JsonSchema | undefined;
  /** JSON Schema of what comes out. */
  readonly output: JsonSchema | undefined;
  /** The user's own object: its identity is the schema's identity. */
  readonly source: object;
}
