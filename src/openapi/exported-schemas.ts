/** The schemas that modules export, and how to recognise them inside of other schemas. */

import { isDeepStrictEqual } from "node:util";
import { compileSchema } from "../schema/compile-schema.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { originOf } from "../schema/schema-origin.ts";
import type { Schema } from "../schema/schema.ts";
import { isSchemaObject, schemaName } from "../schema/walk-json-schema.ts";
import { isSameDefinition } from "./same-definition.ts";
import { buildDefinition, pureReference, type Definition, type Side } from "./schema-definition.ts";

/** A schema whose only name is that of its export. */
export interface ExportedSchema {
  readonly name: string;
  /** Stands for the schema in references; a `$defs` key that no vendor makes. */
  readonly key: string;
  readonly schema: Schema;
  /** What it says, its own reference followed. */
  readonly shapes: ReadonlyMap<Side, Definition>;
}

/** An exported schema in the place of a node; `own` is what the node says beside it, such as a default. */
export interface ExportedMatch {
  readonly exported: ExportedSchema;
  readonly own: JsonSchema;
}

/**
 * Compiles the exported schemas, because some of them may stand only inside of others. One that cannot be compiled or
 * described is left out: if an operation uses it, that is an error elsewhere.
 */
export async function compileExports(names: ReadonlyMap<object, string>): Promise<ExportedSchemas> {
  const compiled = await Promise.all(
    [...names]
      .filter(([source, name]) => name !== "default" && "~standard" in source)
      .map(async ([source, name], index) => compileExport(source, { name, key: `~export${index}` })),
  );
  return new ExportedSchemas(
    names,
    compiled.filter((exported) => exported !== undefined),
  );
}

async function compileExport(
  source: object,
  named: Pick<ExportedSchema, "name" | "key">,
): Promise<ExportedSchema | undefined> {
  let schema: Schema;
  try {
    schema = await compileSchema(source);
  } catch {
    return undefined;
  }
  const shapes = new Map<Side, Definition>();
  for (const side of ["input", "output"] as const) {
    const root = schema[side];
    if (root === undefined || schemaName(root) !== undefined) return undefined;
    shapes.set(side, followReference(buildDefinition(root, side)));
  }
  return { ...named, schema, shapes };
}

function followReference(definition: Definition): Definition {
  const key = pureReference(definition.schema);
  const node = key === undefined ? undefined : definition.scope.get(key);
  return node?.definitions.get(definition.side) ?? definition;
}

/** What a node may say beside an exported schema without being another schema. */
const annotations: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

export class ExportedSchemas {
  readonly #names: ReadonlyMap<object, string>;
  readonly #bySource: ReadonlyMap<object, ExportedSchema>;
  readonly #byOutline = new Map<string, ExportedSchema[]>();

  constructor(names: ReadonlyMap<object, string>, exported: readonly ExportedSchema[]) {
    this.#names = names;
    this.#bySource = new Map(exported.map((one) => [one.schema.source, one]));
    for (const one of exported) {
      for (const shape of one.shapes.values()) {
        const outline = outlineOf(shape);
        if (outline === undefined) continue;
        const known = this.#byOutline.get(outline);
        if (known === undefined) this.#byOutline.set(outline, [one]);
        else known.push(one);
      }
    }
  }

  /** The name by which a schema is exported; a default export has none. */
  nameOf(source: object): string | undefined {
    const name = this.#names.get(source);
    return name === "default" ? undefined : name;
  }

  /**
   * The exported schema that a node inside of another schema is: the one that it was made from, or, where the vendor
   * does not tell, the only one that declares the same properties in the same way. A node with a name of its own is none.
   */
  find(node: Definition): ExportedMatch | undefined {
    if (node.schema.$ref !== undefined || node.schema.id !== undefined) return undefined;
    const origin = originOf(node.schema);
    for (const source of origin?.sources ?? []) {
      const exported = this.#bySource.get(source);
      const match = exported === undefined ? undefined : matchExport(node, exported);
      if (match !== undefined) return match;
    }
    return origin?.isComplete === true ? undefined : this.#findAlike(node);
  }

  /** Of several that fit, the one that leaves least to say beside it; of equals, none. */
  #findAlike(node: Definition): ExportedMatch | undefined {
    const candidates = this.#byOutline.get(outlineOf(node) ?? "") ?? [];
    const matches = candidates
      .map((exported) => matchExport(node, exported))
      .filter((match) => match !== undefined)
      .toSorted((one, other) => countMembers(one.own) - countMembers(other.own));
    const [best, next] = matches;
    return best !== undefined && next !== undefined && countMembers(best.own) === countMembers(next.own)
      ? undefined
      : best;
  }
}

function matchExport(node: Definition, exported: ExportedSchema): ExportedMatch | undefined {
  const shape = exported.shapes.get(node.side);
  if (shape === undefined) return undefined;
  const shared: [string, unknown][] = [];
  const own: [string, unknown][] = [];
  for (const member of Object.entries(node.schema)) {
    const [keyword, value] = member;
    const isOwn = annotations.has(keyword) && !isDeepStrictEqual(value, shape.schema[keyword]);
    (isOwn ? own : shared).push(member);
  }
  const overridden = new Set(own.map(([keyword]) => keyword));
  const others = Object.entries(shape.schema).filter(([keyword]) => !overridden.has(keyword));
  const isSame = isSameDefinition(
    { ...node, schema: Object.fromEntries(shared) },
    { ...shape, schema: Object.fromEntries(others) },
    "compared",
  );
  return isSame ? { exported, own: Object.fromEntries(own) } : undefined;
}

function countMembers(schema: JsonSchema): number {
  return Object.keys(schema).length;
}

/** The side and the property names of an object that has properties. */
function outlineOf({ schema, side }: Definition): string | undefined {
  if (schema.type !== "object" || !isSchemaObject(schema.properties)) return undefined;
  const names = Object.keys(schema.properties).toSorted();
  return names.length === 0 ? undefined : JSON.stringify([side, ...names]);
}
