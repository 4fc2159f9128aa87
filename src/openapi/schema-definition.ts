/** What the schemas of a document are made of: sides, definitions, and the nodes that references lead to. */

import type { JsonSchema } from "../schema/json-schema.ts";
import { definitionKey } from "../schema/walk-json-schema.ts";

export type Side = "input" | "output";

/** Something that becomes a component when it is used. */
export interface SchemaNode {
  /** What the developer called it: an id, or the name of an export. */
  readonly given: string | undefined;
  /** The place that brought it, for messages. */
  readonly place: string;
  readonly definitions: Map<Side, Definition>;
}

/** One side of a schema; its references lead to the nodes of `scope`, by `$defs` key. */
export interface Definition {
  readonly schema: JsonSchema;
  readonly scope: ReadonlyMap<string, SchemaNode>;
  readonly side: Side;
}

/** The definition of a whole tidied schema; its nodes are its own and belong to no document. */
export function buildDefinition(root: JsonSchema, side: Side): Definition {
  const { $defs = {}, ...schema } = root;
  const scope = new Map<string, SchemaNode>();
  for (const [key, definition] of Object.entries($defs)) {
    const definitions = new Map([[side, { schema: definition, scope, side }]]);
    scope.set(key, { given: readId(definition), place: "", definitions });
  }
  return { schema, scope, side };
}

/** The key that a schema refers to when it is nothing but a reference. */
export function pureReference({ $ref, $defs: _, ...rest }: JsonSchema): string | undefined {
  return $ref !== undefined && Object.keys(rest).length === 0 ? definitionKey($ref) : undefined;
}

/** The name that a tidied definition carries. */
export function readId({ id }: JsonSchema): string | undefined {
  return typeof id === "string" && id !== "" ? id : undefined;
}
