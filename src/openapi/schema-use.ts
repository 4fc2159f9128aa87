/** Where and how the document uses a schema of the developer. */

import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { Side } from "./schema-definition.ts";

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
