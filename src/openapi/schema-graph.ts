/** The named and the shared schemas of a document as a graph: which definition refers to which, on which side. */

import { ApusError } from "../errors/apus-error.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { definitionKey } from "../schema/walk-json-schema.ts";
import { relaxOutput } from "./relax-output.ts";
import { isSameDefinition } from "./same-definition.ts";
import type { Definition, SchemaNode, Side } from "./schema-definition.ts";

/** A schema at one place of the document. */
export interface SchemaUse {
  readonly schema: Schema;
  readonly side: Side;
  /** The name of the component when nothing else gives it one. */
  readonly label: string;
  /** For messages: "the body of POST /items at app.ts:3". */
  readonly place: string;
  /** The operation or webhook: a schema that two of them use becomes a component. */
  readonly owner: object;
  /** The only subschemas that the document shows; without it, the whole schema. */
  readonly parts?: readonly JsonSchema[];
}

/** A whole schema: a node of its own, or written where it stands. */
export interface Root {
  readonly node: SchemaNode | undefined;
  readonly definitions: ReadonlyMap<Side, Definition>;
}

export class SchemaGraph {
  readonly #exportedNames: ReadonlyMap<object, string>;
  readonly #roots = new Map<object, Root>();
  readonly #named = new Map<string, SchemaNode>();
  readonly #shared: ReadonlySet<object>;

  /** @throws ApusError APUS_SCHEMA_NAME_CLASH when two different schemas have the same name. */
  constructor(uses: readonly SchemaUse[], exportedNames: ReadonlyMap<object, string>) {
    this.#exportedNames = exportedNames;
    this.#shared = findShared(uses);
    for (const { schema, place } of uses) {
      if (!this.#roots.has(schema.source)) this.#roots.set(schema.source, this.#addRoot(schema, place));
    }
  }

  /** The root of a schema that was among the uses. */
  rootOf(schema: Schema): Root {
    return this.#roots.get(schema.source) ?? { node: undefined, definitions: new Map() };
  }

  #addRoot(schema: Schema, place: string): Root {
    const exported = this.#exportedNames.get(schema.source);
    const sides: readonly (readonly [Side, JsonSchema | undefined])[] = [
      ["input", schema.input],
      ["output", schema.output === undefined ? undefined : relaxOutput(schema.output, schema.input)],
    ];
    const isReference = sides.every(([, root]) => root === undefined || pureReference(root) !== undefined);
    const source = new SourceNodes(this.#named, {
      place,
      isReference,
      exported: exported === "default" ? undefined : exported,
    });
    const definitions = new Map<Side, Definition>();
    for (const [side, root] of sides) {
      if (root !== undefined) definitions.set(side, source.addSide(side, root));
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

  addSide(side: Side, root: JsonSchema): Definition {
    const { $defs = {}, ...schema } = root;
    const rootKey = this.#options.isReference ? pureReference(schema) : undefined;
    const entries = Object.entries($defs).map(([key, definition]) => {
      const name = readId(definition) ?? (key === rootKey ? this.#options.exported : undefined);
      return { key, definition, node: this.#nodeOf(name, key) };
    });
    const scope = new Map(entries.map(({ key, node }) => [key, node]));
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

/** The key that a schema refers to when it is nothing but a reference. */
function pureReference({ $ref, $defs: _, ...rest }: JsonSchema): string | undefined {
  return $ref !== undefined && Object.keys(rest).length === 0 ? definitionKey($ref) : undefined;
}

function isNamed({ given }: SchemaNode): boolean {
  return given !== undefined;
}

function readId({ id }: JsonSchema): string | undefined {
  return typeof id === "string" && id !== "" ? id : undefined;
}
