/** Remembers which of the developer's schemas a node of JSON Schema was made from, where the vendor can tell. */

import type { JsonSchema } from "./json-schema.ts";

export interface SchemaOrigin {
  /** The schema of the node first, then those that it wraps or refines: their shapes may differ from the node. */
  readonly sources: readonly object[];
  /** Whether the vendor names every source, so that the node was made from no other schema. */
  readonly isComplete: boolean;
}

// Beside the nodes and not in them: what reads or writes JSON Schema never meets an origin.
const origins = new WeakMap<JsonSchema, SchemaOrigin>();

/** What a node was made from; undefined when the vendor does not tell. */
export function originOf(schema: JsonSchema): SchemaOrigin | undefined {
  return origins.get(schema);
}

/** Notes what a node was made from. */
export function rememberOrigin(schema: JsonSchema, origin: SchemaOrigin): void {
  origins.set(schema, origin);
}

/** Returns the copy of a node, which now has the node's origin. */
export function keepOrigin(copy: JsonSchema, original: JsonSchema): JsonSchema {
  const origin = origins.get(original);
  if (origin !== undefined) origins.set(copy, origin);
  return copy;
}
