/** Names the schemas of a document, writes each of them once, and refers to them from wherever they are used. */

import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { definitionKey, isSchemaObject, mapSubschemas } from "../schema/walk-json-schema.ts";
import type { ExportedSchemas } from "./exported-schemas.ts";
import { toPascalCase } from "./name-words.ts";
import { isSameDefinition } from "./same-definition.ts";
import type { Definition, SchemaNode, Side } from "./schema-definition.ts";
import { SchemaGraph } from "./schema-graph.ts";
import type { SchemaUse } from "./schema-use.ts";

/** What is known of a node that the document uses. */
interface Component {
  readonly label: string;
  readonly sides: Set<Side>;
}

export class SchemaComponents {
  readonly #graph: SchemaGraph;
  readonly #used = new Map<SchemaNode, Component>();
  readonly #names = new Map<SchemaNode, Map<Side, string>>();
  readonly #schemas = new Map<string, JsonSchema>();

  /**
   * Takes every use of a schema in the document, in its order.
   * @throws ApusError APUS_SCHEMA_NAME_CLASH when two different schemas have the same name.
   */
  constructor(uses: readonly SchemaUse[], exports: ExportedSchemas) {
    this.#graph = new SchemaGraph(uses, exports);
    for (const use of uses) this.#follow(use);
    this.#nameNodes();
    for (const [node, names] of this.#names) this.#write(node, names);
  }

  /** The components by name, in the order of their names. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#schemas].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  /** What stands in the place of a schema: a reference, or the schema itself; nothing when nobody can describe it. */
  describe(schema: Schema, side: Side): JsonSchema {
    const { node, definitions } = this.#graph.rootOf(schema);
    if (node !== undefined && this.#used.has(node)) return this.#refer(node, side);
    const definition = definitions.get(side);
    return definition === undefined ? {} : this.#rewrite(definition.schema, definition);
  }

  /** What stands in the place of a subschema of a schema's input. */
  describePart(schema: Schema, part: JsonSchema): JsonSchema {
    const definition = this.#graph.rootOf(schema).definitions.get("input");
    return definition === undefined ? part : this.#rewrite(this.#graph.partOf(schema, part), definition);
  }

  /** Adds a schema of Apus' own, under this name or a free one like it, and returns the reference to it. */
  add(name: string, schema: JsonSchema): JsonSchema {
    const free = this.#findFree(name);
    this.#schemas.set(free, schema);
    return referTo(free);
  }

  #follow({ schema, side, label, parts }: SchemaUse): void {
    const { node, definitions } = this.#graph.rootOf(schema);
    const definition = definitions.get(side);
    if (definition === undefined) return;
    if (parts !== undefined)
      for (const part of parts) this.#visit({ ...definition, schema: this.#graph.partOf(schema, part) }, label);
    else if (node !== undefined) this.#use(node, side, label);
    else this.#visit(definition, label);
  }

  #use(node: SchemaNode, side: Side, label: string): void {
    const component = this.#used.get(node) ?? { label: node.given ?? label, sides: new Set() };
    this.#used.set(node, component);
    const definition = node.definitions.get(side);
    if (definition === undefined || component.sides.has(side)) return;
    component.sides.add(side);
    this.#visit(definition, component.label);
  }

  /** Uses what a schema refers to; `label` grows by the properties on the way. */
  #visit({ schema, scope, side }: Definition, label: string): void {
    const node = findTarget(schema, scope);
    if (node !== undefined) this.#use(node, side, label);
    const { properties = {}, items, ...rest } = schema;
    for (const [name, property] of Object.entries(properties)) {
      if (isSchemaObject(property)) this.#visit({ schema: property, scope, side }, label + toPascalCase(name));
    }
    if (isSchemaObject(items)) this.#visit({ schema: items, scope, side }, `${label}Item`);
    mapSubschemas(rest, (subschema) => {
      this.#visit({ schema: subschema, scope, side }, label);
      return subschema;
    });
  }

  /** Given names first, then the input variants, then the derived names: the later ones give way. */
  #nameNodes(): void {
    const taken = new Set<string>();
    const nodes = [...this.#used].toSorted(
      ([one], [other]) => Number(one.given === undefined) - Number(other.given === undefined),
    );
    for (const [node, { label }] of nodes) {
      const name = claimName(taken, label);
      this.#names.set(
        node,
        new Map([
          ["input", name],
          ["output", name],
        ]),
      );
    }
    for (const [node, { sides }] of nodes) {
      const names = this.#names.get(node);
      const name = names?.get("output") ?? "";
      if (sides.size === 2 && isSplit(node)) names?.set("input", claimName(taken, `${name}Input`));
    }
  }

  #write(node: SchemaNode, names: ReadonlyMap<Side, string>): void {
    const sides = this.#used.get(node)?.sides ?? new Set<Side>();
    const isDivided = names.get("input") !== names.get("output");
    for (const side of isDivided || sides.size < 2 ? sides : (["input"] as const)) {
      const definition = node.definitions.get(side);
      if (definition !== undefined)
        this.#schemas.set(names.get(side) ?? "", this.#rewrite(definition.schema, definition));
    }
  }

  #refer(node: SchemaNode, side: Side): JsonSchema {
    return referTo(this.#names.get(node)?.get(side) ?? "");
  }

  /** A copy whose references lead to components, without the id that became the name. */
  #rewrite(schema: JsonSchema, place: Definition): JsonSchema {
    const { id: _, $defs: __, ...rest } = schema;
    const copy = mapSubschemas(rest, (subschema) => this.#rewrite(subschema, place));
    const node = findTarget(schema, place.scope);
    const referring = node === undefined ? copy : { ...copy, ...this.#refer(node, place.side) };
    if (referring.required?.length !== 0) return referring;
    const { required: ___, ...relaxed } = referring;
    return relaxed;
  }

  #findFree(name: string): string {
    return claimName(new Set(this.#schemas.keys()), name);
  }
}

function findTarget(schema: JsonSchema, scope: Definition["scope"]): SchemaNode | undefined {
  const key = schema.$ref === undefined ? undefined : definitionKey(schema.$ref);
  return key === undefined ? undefined : scope.get(key);
}

/** Whether the two sides need a component each. */
function isSplit({ definitions }: SchemaNode): boolean {
  const input = definitions.get("input");
  const output = definitions.get("output");
  return input !== undefined && output !== undefined && !isSameDefinition(input, output);
}

function referTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The name with the characters that OpenAPI allows (3.1 §4.8.7.1), and a number when it is taken. */
function claimName(taken: Set<string>, wanted: string): string {
  const written = wanted.replace(/[^A-Za-z0-9._-]/g, "_");
  const name = written === "" || written === "__proto__" ? "Schema" : written;
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
  taken.add(free);
  return free;
}
