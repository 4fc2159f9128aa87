/** Walks JSON Schema by keyword, so that a property that happens to be called "items" is never taken for the keyword. */

import type { JsonSchema } from "./json-schema.ts";

const single: ReadonlySet<string> = new Set([
  "items",
  "additionalProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contentSchema",
]);
const listed: ReadonlySet<string> = new Set(["prefixItems", "anyOf", "oneOf", "allOf"]);
const keyed: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);

/** Whether a value is a schema object (and not `true`, `false` or something else). */
export function isSchemaObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy of one schema in which every direct subschema went through `map`; `true` and `false` stay as they are. */
export function mapSubschemas(schema: JsonSchema, map: (subschema: JsonSchema) => JsonSchema): JsonSchema {
  const mapOne = (value: unknown): unknown => (isSchemaObject(value) ? map(value) : value);
  const copy: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (single.has(keyword)) copy.push([keyword, mapOne(value)]);
    else if (listed.has(keyword) && Array.isArray(value)) copy.push([keyword, value.map(mapOne)]);
    else if (keyed.has(keyword) && isSchemaObject(value)) {
      copy.push([keyword, Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapOne(entry)]))]);
    } else copy.push([keyword, value]);
  }
  return Object.fromEntries(copy);
}

/** Visits a schema and everything inside it, definitions included, parents first; a shared or circular object once. */
export function walkJsonSchema(schema: JsonSchema, visit: (schema: JsonSchema) => void): void {
  const seen = new Set<JsonSchema>();
  const step = (node: JsonSchema): JsonSchema => {
    if (seen.has(node)) return node;
    seen.add(node);
    visit(node);
    mapSubschemas(node, step);
    return node;
  };
  step(schema);
}

/** The `$defs` key that a reference names ("#/$defs/Item" → "Item"); undefined for any other kind of reference. */
export function definitionKey(reference: string): string | undefined {
  if (!reference.startsWith("#/$defs/")) return undefined;
  const segment = reference.slice("#/$defs/".length);
  return segment.includes("/") ? undefined : decodePointerSegment(segment);
}

/** The reference to a `$defs` key, with "~" and "/" escaped (RFC 6901 §3). */
export function definitionReference(key: string): string {
  return `#/$defs/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** One segment of a JSON Pointer as the key it stands for. */
export function decodePointerSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** What `$ref` of a schema points to inside `root`; undefined when it has none or it leads nowhere. */
export function resolveReference(schema: JsonSchema, root: JsonSchema): JsonSchema | undefined {
  if (schema.$ref === undefined || root.$defs === undefined) return undefined;
  const key = definitionKey(schema.$ref);
  return key !== undefined && Object.hasOwn(root.$defs, key) ? root.$defs[key] : undefined;
}

/**
 * The name that the developer gave to a schema, through `id` or through the definition that it is nothing but a
 * reference to. A `title` is prose, not a name.
 */
export function schemaName(schema: JsonSchema): string | undefined {
  const named = typeof schema.id === "string" ? schema : resolveReference(schema, schema);
  return typeof named?.id === "string" && named.id !== "" ? named.id : undefined;
}
