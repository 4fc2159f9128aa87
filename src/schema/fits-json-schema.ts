/** Tells which branch of a union a valid value belongs to, by the outline of its JSON Schema. It does not validate. */

import type { JsonSchema } from "./json-schema.ts";
import { isSchemaObject, resolveReference } from "./walk-json-schema.ts";

/** "closed": properties that a schema forbids count against it; "open": they do not. */
export type Fits = (value: unknown, schema: JsonSchema, undeclared: "closed" | "open") => boolean;

/** How deep a value is looked at: discriminators stand near the top, and the work stays linear. */
const maximumDepth = 4;

/** Creates the test for schemas whose references lead into the `$defs` of `root`. */
export function createFits(root: JsonSchema): Fits {
  return (value, schema, undeclared) => fitsSchema({ root, undeclared }, { value, schema, depth: 0 });
}

interface Mode {
  readonly root: JsonSchema;
  readonly undeclared: "closed" | "open";
}

interface Pair {
  readonly value: unknown;
  readonly schema: JsonSchema;
  readonly depth: number;
}

function fitsSchema(mode: Mode, { value, schema, depth }: Pair): boolean {
  if (depth > maximumDepth) return true;
  if (!fitsType(value, schema.type) || !fitsMembers(value, schema)) return false;
  const fits = (part: JsonSchema): boolean => fitsSchema(mode, { value, schema: part, depth: depth + 1 });
  const target = resolveReference(schema, mode.root);
  if (target !== undefined && !fits(target)) return false;
  if (schema.allOf?.every(fits) === false) return false;
  if (schema.anyOf?.some(fits) === false || schema.oneOf?.some(fits) === false) return false;
  if (typeof value !== "object" || value === null) return true;
  return Array.isArray(value)
    ? fitsItems(mode, { value, schema, depth })
    : fitsProperties(mode, { value, schema, depth });
}

function fitsMembers(value: unknown, schema: JsonSchema): boolean {
  if (schema.const !== undefined && !isSame(value, schema.const)) return false;
  return schema.enum === undefined || schema.enum.some((member) => isSame(value, member));
}

/** Members that are objects are not compared: they are taken to fit. */
function isSame(value: unknown, member: unknown): boolean {
  return value === member || (typeof member === "object" && member !== null && typeof value === "object");
}

function fitsType(value: unknown, type: JsonSchema["type"]): boolean {
  if (type === undefined) return true;
  return typeof type === "string" ? isOfType(value, type) : type.some((one) => isOfType(value, one));
}

/** Dates and bigints are taken for what they are described as. */
function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "string") return typeof value === "string" || typeof value === "bigint" || value instanceof Date;
  if (type === "object")
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
  return typeof value === type;
}

function fitsItems(mode: Mode, { value, schema, depth }: Pair): boolean {
  const [first, ...others] = value as readonly unknown[];
  const { prefixItems = [], items } = schema;
  const fits = (item: unknown, itemSchema: unknown): boolean =>
    !isSchemaObject(itemSchema) || fitsSchema(mode, { value: item, schema: itemSchema, depth: depth + 1 });
  if (items === false && others.length + 1 > prefixItems.length && first !== undefined) return false;
  return first === undefined || fits(first, prefixItems[0] ?? items);
}

function fitsProperties(mode: Mode, { value, schema, depth }: Pair): boolean {
  const record = value as Readonly<Record<string, unknown>>;
  const { properties = {}, required = [], additionalProperties } = schema;
  if (required.some((name) => record[name] === undefined)) return false;
  for (const [name, property] of Object.entries(properties)) {
    const entry = record[name];
    if (entry !== undefined && !fitsSchema(mode, { value: entry, schema: property, depth: depth + 1 })) return false;
  }
  if (mode.undeclared === "open" || additionalProperties !== false || schema["patternProperties"] !== undefined)
    return true;
  return Object.keys(record).every((name) => Object.hasOwn(properties, name));
}
