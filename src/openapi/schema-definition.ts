/** What the schemas of a document are made of: sides, definitions, and the nodes that references lead to. */

import type { JsonSchema } from "../schema/json-schema.ts";

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
