/** Brings every vendor's JSON Schema into one form: no `$schema`, every reference "#/$defs/key", every named schema a definition. */

import { ApusError } from "../errors/apus-error.ts";
import type { JsonSchema } from "./json-schema.ts";
import { keepOrigin } from "./schema-origin.ts";
import { decodePointerSegment, definitionReference, isSchemaObject, mapSubschemas } from "./walk-json-schema.ts";

export interface TidyOptions {
  /** Whether the developer chose this `$defs` key, so that it names the schema; by default only `id` and `$id` do. */
  readonly isName?: ((definitionKey: string) => boolean) | undefined;
}

/**
 * The same schema in Apus' form:
 * - `$schema` is gone; `$id` has become `id`; definitions that nothing refers to are gone;
 * - every `$ref` is "#/$defs/key" into the root's `$defs` (a recursive root becomes a definition, too);
 * - a schema with a name is a definition under that name and carries it as `id`; a named root is `{ $ref, $defs }`;
 * - definitions without a name have the keys "__schema0", "__schema1", … and no `id`;
 * - what is known of the origin of a node is known of its copy.
 * @throws ApusError APUS_SCHEMA_NAME_CLASH when two different schemas inside have the same name.
 */
export function tidyJsonSchema(raw: JsonSchema, options: TidyOptions = {}): JsonSchema {
  const tidy = new Tidy(raw, options.isName ?? ((): boolean => false));
  const root = tidy.place(raw, []);
  if (tidy.definitions.size === 0) return root;
  return keepOrigin({ ...root, $defs: Object.fromEntries(tidy.definitions) }, raw);
}

/** The `$defs` that a schema stands in, innermost last: TypeBox refers to them by bare name. */
type Scopes = readonly Readonly<Record<string, unknown>>[];

class Tidy {
  readonly definitions = new Map<string, JsonSchema>();
  readonly #keys = new Map<JsonSchema, string>();
  readonly #names = new Map<JsonSchema, string>();
  readonly #raw: JsonSchema;
  readonly #isName: (definitionKey: string) => boolean;
  readonly #isRootReferenced: boolean;
  #anonymous = 0;

  constructor(raw: JsonSchema, isName: (definitionKey: string) => boolean) {
    this.#raw = raw;
    this.#isName = isName;
    this.#isRootReferenced = refersToRoot(raw);
  }

  /** What stands in the place of a schema: its copy, or a reference when it has a name or is the recursive root. */
  place(schema: JsonSchema, scopes: Scopes): JsonSchema {
    const isHoisted = this.#nameOf(schema) !== undefined || (schema === this.#raw && this.#isRootReferenced);
    return isHoisted ? { $ref: definitionReference(this.#hoist(schema, scopes)) } : this.#copy(schema, scopes);
  }

  #copy(schema: JsonSchema, scopes: Scopes): JsonSchema {
    const inner = isSchemaObject(schema.$defs) ? [...scopes, schema.$defs] : scopes;
    if (inner !== scopes) this.#noteNames(schema.$defs ?? {});
    const { $schema: _, $id: __, $defs: ___, definitions: ____, ...rest } = schema;
    const copy = mapSubschemas(rest, (subschema) => this.place(subschema, inner));
    const name = this.#nameOf(schema);
    const named = name === undefined ? copy : { id: name, ...copy };
    const whole = schema.$ref === undefined ? named : { ...named, $ref: this.#rewrite(schema.$ref, inner) };
    return keepOrigin(whole, schema);
  }

  #noteNames(definitions: Readonly<Record<string, unknown>>): void {
    for (const [key, definition] of Object.entries(definitions)) {
      if (isSchemaObject(definition) && this.#isName(key)) this.#names.set(definition, key);
    }
  }

  #nameOf(schema: JsonSchema): string | undefined {
    const id = schema.id ?? schema.$id;
    return typeof id === "string" && id !== "" ? id : this.#names.get(schema);
  }

  #rewrite(reference: string, scopes: Scopes): string {
    const target = this.#find(reference, scopes);
    return target === undefined ? reference : definitionReference(this.#hoist(target, scopes));
  }

  #find(reference: string, scopes: Scopes): JsonSchema | undefined {
    if (reference === "#") return this.#raw;
    if (!reference.startsWith("#/")) {
      const scope = scopes.findLast((definitions) => Object.hasOwn(definitions, reference));
      const target = scope?.[reference];
      return isSchemaObject(target) ? target : undefined;
    }
    let target: unknown = this.#raw;
    for (const segment of reference.slice(2).split("/")) {
      const key = decodePointerSegment(segment);
      target =
        typeof target === "object" && target !== null && Object.hasOwn(target, key)
          ? (target as Record<string, unknown>)[key]
          : undefined;
    }
    return isSchemaObject(target) ? target : undefined;
  }

  /** Makes a schema a definition (once) and returns its key. */
  #hoist(schema: JsonSchema, scopes: Scopes): string {
    const known = this.#keys.get(schema);
    if (known !== undefined) return known;
    const name = this.#nameOf(schema);
    const key = name ?? `__schema${this.#anonymous++}`;
    this.#keys.set(schema, key);
    const earlier = this.definitions.get(key);
    if (earlier === undefined) this.definitions.set(key, {});
    const copy = this.#copy(schema, scopes);
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(copy)) {
      throw new ApusError(
        "APUS_SCHEMA_NAME_CLASH",
        `Two different schemas inside one schema are both named "${key}". Give one of them another id.`,
      );
    }
    this.definitions.set(key, copy);
    return key;
  }
}

function refersToRoot(raw: JsonSchema): boolean {
  let found = false;
  const step = (schema: JsonSchema): JsonSchema => {
    if (schema.$ref === "#") found = true;
    return found ? schema : mapSubschemas(schema, step);
  };
  step(raw);
  return found;
}
