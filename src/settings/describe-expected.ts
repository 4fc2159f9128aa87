/** Says in words what a JSON Schema expects of one setting, for the message of a start that failed. */

import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";

const maximumMembers = 10;

/** "an integer from 1 to 65535", "true or false", 'one of "red", "green"'; references lead into the `$defs` of `root`. */
export function describeExpected(schema: JsonSchema, root: JsonSchema): string {
  const words = describe({ schema, root, seen: new Set() });
  return words.length === 0 ? "a value" : [...new Set(words)].join(" or ");
}

interface Place {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
  readonly seen: ReadonlySet<JsonSchema>;
}

function describe({ schema, root, seen }: Place): readonly string[] {
  if (seen.has(schema)) return [];
  const deeper = new Set(seen).add(schema);
  const own = describeOwn(schema);
  if (own.length > 0) return own;
  const target = resolveReference(schema, root);
  const parts = [target, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return parts.filter(isSchemaObject).flatMap((part) => describe({ schema: part, root, seen: deeper }));
}

function describeOwn(schema: JsonSchema): readonly string[] {
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return [describeMembers(schema.enum)];
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  return types.filter((type) => type !== "null").map((type) => describeType(type, schema));
}

function describeMembers(members: readonly unknown[]): string {
  const shown = members.slice(0, maximumMembers).map((member) => JSON.stringify(member));
  return `one of ${shown.join(", ")}${members.length > maximumMembers ? ", …" : ""}`;
}

function describeType(type: string, schema: JsonSchema): string {
  if (type === "integer") return `an integer${describeRange(schema)}`;
  if (type === "number") return `a number${describeRange(schema)}`;
  if (type === "boolean") return "true or false";
  if (type === "array") return "a list (a,b,c or JSON)";
  if (type === "object") return "an object (JSON)";
  const format = schema.format === undefined ? "" : ` (${schema.format})`;
  return `text${format}`;
}

function describeRange({ minimum, maximum }: JsonSchema): string {
  const from = typeof minimum === "number" ? ` from ${minimum}` : "";
  return typeof maximum === "number" ? `${from} to ${maximum}` : from;
}
