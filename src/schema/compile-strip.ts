/** Compiles an output JSON Schema to a function that copies only what the schema declares, at every depth. */

import { createFits, type Fits } from "./fits-json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { isSchemaObject, resolveReference } from "./walk-json-schema.ts";

/** Returns a copy without undeclared properties, or the value itself where there is nothing to leave out. Never mutates. */
export type Strip = (value: unknown) => unknown;

/**
 * Compiles a tidied schema. A schema that says nothing about properties keeps them all; of a union the first branch
 * that fits decides, and when none does, only what every branch declares is kept.
 */
export function compileStrip(root: JsonSchema): Strip {
  return new StripCompiler(root).compile([root]);
}

const keep: Strip = (value) => value;

/** One schema taken apart: the schemas that hold together, and the unions of which one branch holds. */
interface Parts {
  readonly plain: JsonSchema[];
  readonly unions: (readonly JsonSchema[])[];
}

class StripCompiler {
  readonly #root: JsonSchema;
  readonly #fits: Fits;
  readonly #known = new Map<string, Strip>();
  readonly #numbers = new Map<object, number>();
  readonly #remainders = new Map<JsonSchema, JsonSchema>();

  constructor(root: JsonSchema) {
    this.#root = root;
    this.#fits = createFits(root);
  }

  /** The strip of a value that all the given schemas describe together. A recursion finds itself under the same key. */
  compile(schemas: readonly JsonSchema[]): Strip {
    const parts: Parts = { plain: [], unions: [] };
    for (const schema of schemas) this.#takeApart(schema, parts, new Set());
    const key = [...parts.plain, ...parts.unions].map((part) => this.#numberOf(part)).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, (value) => strip(value));
    const strip = this.#compileParts(parts);
    this.#known.set(key, strip);
    return strip;
  }

  #compileParts({ plain, unions }: Parts): Strip {
    const [union, ...rest] = unions;
    if (union === undefined) return this.#compilePlain(plain);
    return this.#compileUnion(union, [...plain, ...rest.map((anyOf) => ({ anyOf }))]);
  }

  #numberOf(part: object): number {
    const number = this.#numbers.get(part) ?? this.#numbers.size;
    this.#numbers.set(part, number);
    return number;
  }

  #takeApart(schema: JsonSchema, parts: Parts, seen: Set<JsonSchema>): void {
    if (seen.has(schema)) return;
    seen.add(schema);
    const { allOf, anyOf, oneOf } = schema;
    const plain = this.#withoutCombinators(schema);
    if (describesProperties(plain) || describesItems(plain)) parts.plain.push(plain);
    const target = resolveReference(schema, this.#root);
    const conditional = [schema["then"], schema["else"]].filter(isSchemaObject);
    for (const part of [target, ...(allOf ?? []), ...conditional])
      if (part !== undefined) this.#takeApart(part, parts, seen);
    for (const union of [anyOf, oneOf]) if (union !== undefined) parts.unions.push(union);
  }

  /** Always the same object for the same schema, so that keys of combinations are stable. */
  #withoutCombinators(schema: JsonSchema): JsonSchema {
    const known = this.#remainders.get(schema);
    if (known !== undefined) return known;
    const { $ref: _, $defs: __, allOf: _all, anyOf: _any, oneOf: _one, ...plain } = schema;
    this.#remainders.set(schema, plain);
    this.#remainders.set(plain, plain);
    return plain;
  }

  #compileUnion(branches: readonly JsonSchema[], rest: readonly JsonSchema[]): Strip {
    const strips = branches.map((branch) => this.compile([...rest, branch]));
    if (strips.every((strip) => strip === keep)) return keep;
    let shared: Strip | undefined;
    return (value) => {
      if (typeof value !== "object" || value === null) return value;
      let index = branches.findIndex((branch) => this.#fits(value, branch, "closed"));
      if (index === -1) index = branches.findIndex((branch) => this.#fits(value, branch, "open"));
      const strip = strips[index] ?? (shared ??= this.#compileShared(branches, rest));
      return strip(value);
    };
  }

  /** For a value that no branch fits: the properties that each branch declares, and the items of any. */
  #compileShared(branches: readonly JsonSchema[], rest: readonly JsonSchema[]): Strip {
    const plains = branches.map((branch) => {
      const parts: Parts = { plain: [], unions: [] };
      this.#takeApart(branch, parts, new Set());
      return parts.plain;
    });
    const declared = plains.map(
      (plain) => new Map(plain.flatMap(({ properties }) => Object.entries(properties ?? {}))),
    );
    const items: readonly JsonSchema[] = plains
      .flat()
      .flatMap(({ items: one, prefixItems = [] }) => [...prefixItems, one].filter(isSchemaObject));
    const [first = new Map<string, JsonSchema>(), ...others] = declared;
    const names = [...first.keys()].filter((name) => others.every((properties) => properties.has(name)));
    const properties = names.map((name): [string, JsonSchema] => [
      name,
      { anyOf: declared.map((one) => one.get(name)).filter(isSchemaObject) },
    ]);
    return this.compile([...rest, { properties: Object.fromEntries(properties), items: { anyOf: items } }]);
  }

  #compilePlain(schemas: readonly JsonSchema[]): Strip {
    const stripArray = this.#compileArray(schemas.filter(describesItems));
    const stripObject = this.#compileObject(schemas.filter(describesProperties));
    if (stripArray === keep && stripObject === keep) return keep;
    return (value) => {
      if (typeof value !== "object" || value === null) return value;
      return Array.isArray(value) ? stripArray(value) : stripObject(value);
    };
  }

  #compileArray(schemas: readonly JsonSchema[]): Strip {
    if (schemas.length === 0) return keep;
    const length = Math.max(0, ...schemas.map(({ prefixItems }) => prefixItems?.length ?? 0));
    const itemAt = (index: number): Strip => {
      const described = schemas.map(({ items, prefixItems }) => prefixItems?.[index] ?? items);
      return this.compile(described.filter(isSchemaObject));
    };
    const first = Array.from({ length }, (_, index) => itemAt(index));
    const rest = itemAt(length);
    if (rest === keep && first.every((strip) => strip === keep)) return keep;
    return (value) => (value as readonly unknown[]).map((item, index) => (first[index] ?? rest)(item));
  }

  #compileObject(schemas: readonly JsonSchema[]): Strip {
    if (schemas.length === 0) return keep;
    const names = new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})));
    names.delete("__proto__");
    const properties = [...names].map((name): readonly [string, Strip] => [
      name,
      this.compile(schemas.flatMap((schema) => own(schema, name))),
    ]);
    const patterns = schemas.flatMap((schema) => this.#compilePatterns(schema));
    const open = schemas
      .map(({ additionalProperties }) => additionalProperties)
      .filter((extra) => extra !== undefined && extra !== false);
    const additional = open.length === 0 ? undefined : this.compile(open.filter(isSchemaObject));
    if (patterns.length === 0 && additional === undefined)
      return (value) => copyDeclared(value as Record<string, unknown>, properties);
    return (value) => {
      const copy = copyDeclared(value as Record<string, unknown>, properties);
      for (const [name, entry] of Object.entries(value as Record<string, unknown>)) {
        if (names.has(name) || name === "__proto__") continue;
        const strip = patterns.find(({ pattern }) => pattern.test(name))?.strip ?? additional;
        if (strip !== undefined) copy[name] = strip(entry);
      }
      return copy;
    };
  }

  #compilePatterns({ patternProperties }: JsonSchema): readonly { readonly pattern: RegExp; readonly strip: Strip }[] {
    if (!isSchemaObject(patternProperties)) return [];
    return Object.entries(patternProperties).map(([pattern, schema]) => ({
      pattern: new RegExp(pattern, "u"),
      strip: isSchemaObject(schema) ? this.compile([schema]) : keep,
    }));
  }
}

function describesItems({ items, prefixItems }: JsonSchema): boolean {
  return items !== undefined || prefixItems !== undefined;
}

function describesProperties({ properties, additionalProperties, patternProperties }: JsonSchema): boolean {
  return properties !== undefined || additionalProperties !== undefined || patternProperties !== undefined;
}

function own({ properties }: JsonSchema, name: string): readonly JsonSchema[] {
  return properties !== undefined && Object.hasOwn(properties, name) && properties[name] !== undefined
    ? [properties[name]]
    : [];
}

/** Getters of classes count as properties; what every object inherits does not. */
function copyDeclared(
  value: Readonly<Record<string, unknown>>,
  properties: readonly (readonly [string, Strip])[],
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, strip] of properties) {
    if (name in Object.prototype && !Object.hasOwn(value, name)) continue;
    const entry = value[name];
    if (entry !== undefined) copy[name] = strip(entry);
  }
  return copy;
}
