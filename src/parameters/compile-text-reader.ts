/** Compiles the JSON Schema of a place of text inputs to a reader of its name–value pairs. */

import type { Issue } from "../errors/problem.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";
import { compileCoercion, type TextCoercion } from "./compile-coercion.ts";
import { jsonPointer } from "./json-pointer.ts";
import { splitFieldLines } from "./split-field-lines.ts";

export interface TextReaderOptions {
  readonly place: Issue["in"];
  /** Names match in any case; the pairs come in lower case, the value has the schema's spelling. */
  readonly ignoreCase: boolean;
  /** What becomes of names that the schema does not declare. A schema that declares none keeps them all. */
  readonly undeclared: "keep" | "drop";
  /** Empty text counts as not sent where the schema cannot take it. */
  readonly emptyIsMissing: boolean;
}

export interface TextReading {
  readonly value: Record<string, unknown>;
  /** What the schema cannot see; its own issues at the same pointers are to be left out. */
  readonly issues: readonly Issue[];
}

export interface TextReader {
  /** Never throws, whatever the pairs are; their number is the caller's to limit. */
  read(pairs: Iterable<readonly [string, string]>): TextReading;
}

/** Compiles a reader from the input side of a schema; undefined keeps every pair as text. */
export function compileTextReader(schema: JsonSchema | undefined, options: TextReaderOptions): TextReader {
  const shape: Shape = { properties: new Map(), additional: undefined, isDeclared: false };
  if (schema !== undefined) collectShape({ schema, root: schema, seen: new Set(), union: false }, shape);
  const root = schema ?? {};
  const properties = [...shape.properties]
    .filter(([name]) => name !== "__proto__")
    .map(([name, property]): Property => ({
      name,
      pointer: jsonPointer([name]),
      coercion: compileCoercion(property, root),
    }));
  const isOpen = shape.additional !== undefined || !shape.isDeclared || options.undeclared === "keep";
  const additional = isOpen ? compileAdditional(shape, root) : undefined;
  return new CompiledTextReader(properties, additional, options);
}

interface Property {
  readonly name: string;
  readonly pointer: string;
  readonly coercion: TextCoercion;
}

interface Shape {
  readonly properties: Map<string, JsonSchema>;
  additional: JsonSchema | undefined;
  isDeclared: boolean;
}

interface ShapePlace {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
  readonly seen: ReadonlySet<JsonSchema>;
  readonly union: boolean;
}

/** Gathers the properties of a schema, of what it refers to and of all branches. */
function collectShape({ schema, root, seen, union }: ShapePlace, shape: Shape): void {
  if (seen.has(schema)) return;
  const inside = { root, seen: new Set(seen).add(schema) };
  if (schema.properties !== undefined) shape.isDeclared = true;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const known = shape.properties.get(name);
    shape.properties.set(name, known === undefined ? property : { [union ? "anyOf" : "allOf"]: [known, property] });
  }
  const { additionalProperties } = schema;
  if (isSchemaObject(additionalProperties)) shape.additional ??= additionalProperties;
  else if (additionalProperties === true || schema["patternProperties"] !== undefined) shape.additional ??= {};
  const target = resolveReference(schema, root);
  for (const part of [target, ...(schema.allOf ?? [])]) {
    if (part !== undefined) collectShape({ ...inside, schema: part, union }, shape);
  }
  for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    collectShape({ ...inside, schema: branch, union: true }, shape);
}

/** Undeclared names: one text, or a list when it was sent more than once, unless the schema says what they are. */
function compileAdditional({ additional }: Shape, root: JsonSchema): TextCoercion {
  const coercion = compileCoercion(additional ?? {}, root);
  return coercion.readItem === undefined && Object.keys(additional ?? {}).length === 0
    ? { ...coercion, readItem: (text): string => text }
    : coercion;
}

type Texts = string | string[];

/** Names that would reach into prototypes if somebody merged the value into another object. */
const unsafeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

class CompiledTextReader implements TextReader {
  readonly #properties: readonly Property[];
  readonly #indexes = new Map<string, number>();
  readonly #additional: TextCoercion | undefined;
  readonly #options: TextReaderOptions;

  constructor(properties: readonly Property[], additional: TextCoercion | undefined, options: TextReaderOptions) {
    this.#properties = properties;
    this.#additional = additional;
    this.#options = options;
    for (const [index, { name }] of properties.entries())
      this.#indexes.set(options.ignoreCase ? name.toLowerCase() : name, index);
  }

  read(pairs: Iterable<readonly [string, string]>): TextReading {
    const declared: (Texts | undefined)[] = [];
    let others: Map<string, Texts> | undefined;
    for (const [name, text] of pairs) {
      const index = this.#indexes.get(name);
      if (index !== undefined) declared[index] = append(declared[index], text);
      else if (this.#additional !== undefined && !unsafeNames.has(name)) {
        others ??= new Map();
        others.set(name, append(others.get(name), text));
      }
    }
    const value: Record<string, unknown> = {};
    const issues: Issue[] = [];
    for (const [index, property] of this.#properties.entries()) {
      const texts = declared[index];
      if (texts !== undefined) this.#readProperty({ property, texts, value, issues });
    }
    if (others !== undefined && this.#additional !== undefined)
      this.#readOthers({ others, coercion: this.#additional, value, issues });
    return { value, issues };
  }

  #readOthers({
    others,
    coercion,
    value,
    issues,
  }: {
    others: Map<string, Texts>;
    coercion: TextCoercion;
    value: Record<string, unknown>;
    issues: Issue[];
  }): void {
    for (const [name, texts] of others) {
      this.#readProperty({ property: { name, pointer: jsonPointer([name]), coercion }, texts, value, issues });
    }
  }

  #readProperty({
    property,
    texts,
    value,
    issues,
  }: {
    property: Property;
    texts: Texts;
    value: Record<string, unknown>;
    issues: Issue[];
  }): void {
    const { name, coercion } = property;
    if (typeof texts === "string" && !coercion.isListOnly) {
      if (texts !== "" || !this.#options.emptyIsMissing || coercion.takesEmpty) value[name] = coercion.readOne(texts);
      return;
    }
    const list = typeof texts === "string" ? [texts] : texts;
    if (coercion.readItem === undefined) {
      issues.push({
        in: this.#options.place,
        pointer: property.pointer,
        message: `was sent ${list.length} times, expected once`,
        code: "repeated",
      });
      value[name] = coercion.readOne(list[0] ?? "");
      return;
    }
    if (this.#options.place === "header" && coercion.isListOnly) {
      value[name] = splitFieldLines(list).map(coercion.readItem);
      return;
    }
    const sent = this.#options.emptyIsMissing && !coercion.takesEmptyItem ? list.filter((text) => text !== "") : list;
    if (sent.length > 0) value[name] = sent.map(coercion.readItem);
  }
}

function append(texts: Texts | undefined, text: string): Texts {
  if (texts === undefined) return text;
  if (typeof texts === "string") return [texts, text];
  texts.push(text);
  return texts;
}
