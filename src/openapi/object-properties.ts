/** The properties that a JSON Schema of an object declares, wherever in it they stand. */

import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";

export interface ObjectProperty {
  readonly schema: JsonSchema;
  readonly required: boolean;
}

type Properties = Map<string, ObjectProperty>;

/** Properties by name: the schema's own, those of what it refers to and of `allOf`, and of every branch of a union. */
export function collectProperties(root: JsonSchema): ReadonlyMap<string, ObjectProperty> {
  return collect(root, { root, ancestors: new Set() });
}

interface CollectPlace {
  readonly root: JsonSchema;
  readonly ancestors: ReadonlySet<JsonSchema>;
}

function collect(schema: JsonSchema, { root, ancestors }: CollectPlace): Properties {
  if (ancestors.has(schema)) return new Map();
  const inside = { root, ancestors: new Set(ancestors).add(schema) };
  const required = new Set(schema.required);
  const own: Properties = new Map();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    own.set(name, { schema: isSchemaObject(property) ? property : {}, required: required.has(name) });
  }
  const together = [resolveReference(schema, root), ...(schema.allOf ?? [])].filter(isSchemaObject);
  const parts = [own, ...together.map((part) => collect(part, inside))];
  for (const union of [schema.anyOf, schema.oneOf]) {
    if (union === undefined) continue;
    parts.push(mergeBranches(union.filter(isSchemaObject).map((branch) => collect(branch, inside))));
  }
  return parts.reduce(mergeTogether);
}

/** What holds for a value that fits both. */
function mergeTogether(one: Properties, other: Properties): Properties {
  const merged = new Map(one);
  for (const [name, property] of other) {
    const known = merged.get(name);
    if (known === undefined) merged.set(name, property);
    else
      merged.set(name, {
        schema: join("allOf", known.schema, property.schema),
        required: known.required || property.required,
      });
  }
  return merged;
}

/** What holds for a value that fits one of several: only what each of them requires is required. */
function mergeBranches(branches: readonly Properties[]): Properties {
  const merged: Properties = new Map();
  for (const name of new Set(branches.flatMap((branch) => [...branch.keys()]))) {
    const found = branches.flatMap((branch) => branch.get(name) ?? []);
    const schemas = found.map(({ schema }) => schema).reduce((one, other) => join("anyOf", one, other));
    const required = found.length === branches.length && found.every((property) => property.required);
    merged.set(name, { schema: schemas, required });
  }
  return merged;
}

function join(keyword: "allOf" | "anyOf", one: JsonSchema, other: JsonSchema): JsonSchema {
  const listed = Object.keys(one).length === 1 ? (one[keyword] ?? [one]) : [one];
  return listed.some((schema) => isDeepStrictEqual(schema, other)) ? one : { [keyword]: [...listed, other] };
}
