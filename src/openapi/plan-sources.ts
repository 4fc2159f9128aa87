/** Plans the schemas of a document: exported schemas that stand inside of others become references. */

import type { JsonSchema } from "../schema/json-schema.ts";
import { keepOrigin } from "../schema/schema-origin.ts";
import type { Schema } from "../schema/schema.ts";
import { definitionReference, mapSubschemas } from "../schema/walk-json-schema.ts";
import type { ExportedSchema, ExportedSchemas } from "./exported-schemas.ts";
import { buildDefinition, pureReference, type Definition, type Side } from "./schema-definition.ts";
import type { SchemaUse } from "./schema-use.ts";

/** One of the developer's schemas in a document. */
export interface PlannedSource {
  readonly schema: Schema;
  /** The place that brought it, for messages. */
  readonly place: string;
  /** The name of its export; undefined when the document shows parts of the schema only. */
  readonly exported: string | undefined;
  readonly sides: ReadonlyMap<Side, PlannedSide>;
}

/** One side of a schema, with references in the place of exported schemas. */
export interface PlannedSide {
  readonly root: JsonSchema;
  /** What the references stand for that do not lead into the root's `$defs`. */
  readonly exports: ReadonlyMap<string, ExportedSchema>;
  /** The subschemas that the document shows on their own, as they were and as they are now. */
  readonly parts: ReadonlyMap<JsonSchema, JsonSchema>;
}

/** The sources of all uses, then the exported schemas that are found only inside of them. */
export function planSources(uses: readonly SchemaUse[], exports: ExportedSchemas): ReadonlyMap<object, PlannedSource> {
  const planned = new Map<object, SourcePlan>();
  const planOf = (schema: Schema, place: string): SourcePlan => {
    const known = planned.get(schema.source) ?? new SourcePlan(schema, place, exports);
    planned.set(schema.source, known);
    return known;
  };
  for (const { schema, place, parts } of uses) {
    const plan = planOf(schema, place);
    if (parts === undefined) plan.showWhole();
    else plan.showParts(parts);
  }
  // The iteration reaches what is added on the way.
  for (const plan of planned.values()) {
    for (const { schema } of plan.listFound()) planOf(schema, plan.place).showWhole();
  }
  return planned;
}

class SourcePlan implements PlannedSource {
  readonly schema: Schema;
  readonly place: string;
  readonly sides = new Map<Side, SidePlan>();
  readonly #name: string | undefined;
  #isWhole = false;

  constructor(schema: Schema, place: string, exports: ExportedSchemas) {
    this.schema = schema;
    this.place = place;
    this.#name = exports.nameOf(schema.source);
    for (const side of ["input", "output"] as const) {
      const root = schema[side];
      if (root === undefined) continue;
      this.sides.set(side, new SidePlan(root, side, { known: exports, isExported: this.#name !== undefined }));
    }
  }

  get exported(): string | undefined {
    return this.#isWhole ? this.#name : undefined;
  }

  showWhole(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    for (const side of this.sides.values()) side.showWhole(this.#name !== undefined);
  }

  showParts(parts: readonly JsonSchema[]): void {
    this.sides.get("input")?.showParts(parts);
  }

  listFound(): readonly ExportedSchema[] {
    return [...this.sides.values()].flatMap(({ exports }) => [...exports.values()]);
  }
}

class SidePlan implements PlannedSide {
  readonly exports = new Map<string, ExportedSchema>();
  readonly parts = new Map<JsonSchema, JsonSchema>();
  readonly #whole: Definition;
  readonly #known: ExportedSchemas;
  readonly #definitions = new Map<string, JsonSchema>();
  #schema: JsonSchema;

  constructor(root: JsonSchema, side: Side, { known, isExported }: { known: ExportedSchemas; isExported: boolean }) {
    this.#known = known;
    this.#whole = buildDefinition(root, side);
    this.#schema = keepOrigin(this.#whole.schema, root);
    // What an exported schema is nothing but a reference to is that schema itself.
    const ownKey = isExported ? pureReference(this.#schema) : undefined;
    for (const [key, definition] of Object.entries(root.$defs ?? {})) {
      const replaced = key === ownKey ? this.#replaceInside(definition) : this.#replace(definition);
      const exported = this.exports.get(pureReference(replaced) ?? "");
      if (exported === undefined) this.#definitions.set(key, replaced);
      else this.exports.set(key, exported);
    }
  }

  get root(): JsonSchema {
    return this.#definitions.size === 0
      ? this.#schema
      : { ...this.#schema, $defs: Object.fromEntries(this.#definitions) };
  }

  showWhole(isExported: boolean): void {
    this.#schema = isExported ? this.#replaceInside(this.#schema) : this.#replace(this.#schema);
  }

  showParts(parts: readonly JsonSchema[]): void {
    for (const part of parts) this.parts.set(part, this.#replace(part));
  }

  #replace(schema: JsonSchema): JsonSchema {
    const match = this.#known.find({ ...this.#whole, schema });
    if (match === undefined) return this.#replaceInside(schema);
    const { exported, own } = match;
    this.exports.set(exported.key, exported);
    return { $ref: definitionReference(exported.key), ...own };
  }

  #replaceInside(schema: JsonSchema): JsonSchema {
    return mapSubschemas(schema, (subschema) => this.#replace(subschema));
  }
}
