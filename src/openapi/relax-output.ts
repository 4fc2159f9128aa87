/** Makes the two sides of a schema comparable: what a vendor adds to every output is taken off again. */

import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, mapSubschemas } from "../schema/walk-json-schema.ts";

/**
 * The output side without the `additionalProperties: false` that the input side does not have at the same place.
 * Zod writes it into each output, which would make every schema differ from itself and would forbid answers to grow.
 */
export function relaxOutput(output: JsonSchema, input: unknown): JsonSchema {
  const counterpart = isSchemaObject(input) ? input : {};
  const copy: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(output)) {
    if (keyword === "additionalProperties" && value === false && counterpart.additionalProperties !== false) continue;
    copy.push([keyword, relaxKeyword({ [keyword]: value }, counterpart)[keyword]]);
  }
  return Object.fromEntries(copy);
}

/** A schema of one keyword, with its subschemas relaxed by those that stand at the same places of `counterpart`. */
function relaxKeyword(single: JsonSchema, counterpart: JsonSchema): JsonSchema {
  const [keyword = "", value] = Object.entries(single)[0] ?? [];
  const other: unknown = counterpart[keyword];
  const places = new Map<unknown, unknown>();
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) places.set(item, Array.isArray(other) ? other[index] : undefined);
  else if (isSchemaObject(value))
    for (const [key, item] of Object.entries(value)) places.set(item, isSchemaObject(other) ? other[key] : undefined);
  return mapSubschemas(single, (subschema) =>
    relaxOutput(subschema, subschema === value ? other : places.get(subschema)),
  );
}
