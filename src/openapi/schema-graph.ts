/** The named and the shared schemas of a document as a graph: which definition refers to which, on which side. */

import { ApusError } from "../errors/apus-error.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { ExportedSchemas } from "./exported-schemas.ts";
import { planSources, type PlannedSide, type PlannedSource } from "./plan-sources.ts";
import { relaxOutput } from "./relax-output.ts";
import { isSameDefinition } from "./same-definition.ts";
import { pureReference, readId, type Definition, type SchemaNode, type Side } from "./schema-definition.ts";
import type { SchemaUse } from "./schema-use.ts";

/** A whole schema: a node of its own, or written where it stands. */
export interface Root {
  readonly node: SchemaNode | undefined;
  readonly definitions: ReadonlyMap<Side, Definition>;
}

export class SchemaGraph {
  readonly #planned: ReadonlyMap<object, PlannedSource>;
  readonly #roots = new Map<object, Root>();
  readonly #named = new Map<string, SchemaNode>();
  readonly #shared: ReadonlySet<object>;

  /** @throws ApusError APUS_SCHEMA_NAME_CLASH when two different schemas have the same name. */
  constructor(uses: readonly SchemaUse[], exports: ExportedSchemas) {
    this.#shared = findShared(uses);
    this.#planned = planSources(uses, exports);
    for (const [source, planned] of this.#planned) this.#roots.set(source, this.#addRoot(planned));
  }

  /** The root of a schema that was among the uses. */
  rootOf(schema: Schema): Root {
    return this.#roots.get(schema.source) ?? { node: undefined, definitions: new Map() };
  }

  /** What has become of a subschema of a schema's input that was among the parts of a use. */
  partOf(schema: Schema, part: JsonSchema): JsonSchema {
    return this.#planned.get(schema.source)?.sides.get("input")?.parts.get(part) ?? part;
  }

  #addRoot({ schema, place, exported, sides }: PlannedSource): Root {
    const isReference = [...sides.values()].every(({ root }) => pureReference(root) !== undefined);
    const source = new SourceNodes(this.#named, { place, isReference, exported });
    const definitions = new Map<Side, Definition>();
    for (const [side, planned] of sides) {
      const root = side === "input" ? planned.root : relaxOutput(planned.root, sides.get("input")?.root);
      definitions.set(side, source.addSide(side, { ...planned, root }));
    }
    return { node: source.findRoot(definitions, this.#shared.has(schema.source)), definitions };
  }
}

/** The nodes that one schema of the developer brings, on both sides. */
interface SourceOptions {
  readonly place: string;
  readonly exported: string | undefined;
  /** Whether every side is nothing but a reference. */
  readonly isReference: boolean;
}

class SourceNodes {
  readonly #named: Map<string, SchemaNode>;
  readonly #options: SourceOptions;
  readonly #anonymous = new Map<string, SchemaNode>();

  constructor(named: Map<string, SchemaNode>, options: SourceOptions) {
    this.#named = named;
    this.#options = options;
  }

  addSide(side: Side, { root, exports }: Pick<PlannedSide, "root" | "exports">): Definition {
    const { $defs = {}, ...schema } = root;
    const rootKey = this.#options.isReference ? pureReference(schema) : undefined;
    const entries = Object.entries($defs).map(([key, definition]) => {
      const name = readId(definition) ?? (key === rootKey ? this.#options.exported : undefined);
      return { key, definition, node: this.#nodeOf(name, key) };
    });
    const scope = new Map(entries.map(({ key, node }) => [key, node]));
    for (const [key, { name }] of exports) scope.set(key, this.#nodeOf(name, key));
    // Those without a name first: a named one is compared with its namesake through them.
    const anonymousFirst = entries.toSorted((one, other) => Number(isNamed(one.node)) - Number(isNamed(other.node)));
    for (const { definition, node } of anonymousFirst) this.#define(node, { schema: definition, scope, side });
    return { schema, scope, side };
  }

  /** The node of the whole schema: what it only refers to, or one made for its exported name or because it is shared. */
  findRoot(definitions: ReadonlyMap<Side, Definition>, isShared: boolean): SchemaNode | undefined {
    const referred = [...definitions.values()].map(({ schema, scope }) => {
      const key = pureReference(schema);
      return key === undefined ? undefined : scope.get(key);
    });
    const [first] = referred;
    if (first !== undefined && referred.every((node) => node === first)) return first;
    if (this.#options.exported === undefined && !isShared) return undefined;
    const node = this.#nodeOf(this.#options.exported, "#");
    for (const definition of definitions.values()) this.#define(node, definition);
    return node;
  }

  #nodeOf(name: string | undefined, key: string): SchemaNode {
    const nodes = name === undefined ? this.#anonymous : this.#named;
    const known = nodes.get(name ?? key);
    if (known !== undefined) return known;
    const node: SchemaNode = { given: name, place: this.#options.place, definitions: new Map() };
    nodes.set(name ?? key, node);
    return node;
  }

  #define(node: SchemaNode, definition: Definition): void {
    const known = node.definitions.get(definition.side);
    if (known === undefined) node.definitions.set(definition.side, definition);
    else if (!isSameDefinition(known, definition)) {
      throw new ApusError(
        "APUS_SCHEMA_NAME_CLASH",
        `${JSON.stringify(node.given)} names two different schemas: one in ${node.place}, the other in ${this.#options.place}. Give one of them another id or export it under another name.`,
      );
    }
  }
}

/** The sources that stand whole in two or more operations. */
function findShared(uses: readonly SchemaUse[]): ReadonlySet<object> {
  const owners = new Map<object, object>();
  const shared = new Set<object>();
  for (const { schema, owner, parts } of uses) {
    if (parts !== undefined) continue;
    const first = owners.get(schema.source);
    if (first === undefined) owners.set(schema.source, owner);
    else if (first !== owner) shared.add(schema.source);
  }
  return shared;
}

function isNamed({ given }: SchemaNode): boolean {
  return given !== undefined;
}
