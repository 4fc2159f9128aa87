/** Finds out which Zod schema each node of Zod's JSON Schema was made from. */

import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "../json-schema.ts";
import { rememberOrigin } from "../schema-origin.ts";
import { mapSubschemas } from "../walk-json-schema.ts";

/** What Apus reads of a Zod schema's insides. */
export interface ZodInternals {
  readonly def?: {
    readonly type?: string;
    readonly innerType?: ZodNode;
    readonly in?: ZodNode;
    readonly out?: ZodNode;
  };
  /** What a lazy schema stands for. */
  readonly innerType?: ZodNode;
  /** What this schema was refined or annotated from. */
  readonly parent?: ZodNode;
}

export interface ZodNode {
  readonly _zod?: ZodInternals;
}

/** What Zod hands to `override` for each node. */
export interface ZodNodeContext {
  readonly zodSchema: ZodNode;
  readonly jsonSchema: Record<string, unknown>;
}

type Describe = (note: (context: ZodNodeContext) => void) => JsonSchema | undefined;

const markKey = "~origin";

/**
 * The description `raw` of `source`, with the origin of every node noted where possible. Zod writes its result through
 * `JSON.stringify`, so it is described once more, with a number in each node that exists for that moment only.
 */
export function traceZod(source: ZodNode, raw: JsonSchema, describe: Describe): JsonSchema {
  const sources: ZodNode[] = [];
  const marked = describeMarked(describe, sources);
  const traced = marked === undefined ? raw : takeMarks(marked, sources);
  // Zod compares nodes as text in a few places, which the numbers could disturb.
  if (!isDeepStrictEqual(traced, { ...raw })) return raw;
  rememberOrigin(traced, { sources: listSources(source), isComplete: true });
  return traced;
}

function describeMarked(describe: Describe, sources: ZodNode[]): JsonSchema | undefined {
  const nodes: Record<string, unknown>[] = [];
  try {
    return describe(({ zodSchema, jsonSchema }) => {
      const mark = sources.push(zodSchema) - 1;
      // Not enumerable, so that nothing that Zod does with the node before writing it sees a difference.
      const toJSON = (): object => ({ ...jsonSchema, [markKey]: mark });
      Object.defineProperty(jsonSchema, "toJSON", { value: toJSON, configurable: true });
      nodes.push(jsonSchema);
    });
  } catch {
    return undefined;
  } finally {
    // A schema may hand out the same object each time that it is described.
    for (const node of nodes) delete node["toJSON"];
  }
}

function takeMarks(marked: JsonSchema, sources: readonly ZodNode[]): JsonSchema {
  const { [markKey]: mark, ...node } = marked;
  const source = typeof mark === "number" ? sources[mark] : undefined;
  const copy = mapSubschemas(node, (subschema) => takeMarks(subschema, sources));
  rememberOrigin(copy, { sources: source === undefined ? [] : listSources(source), isComplete: true });
  return copy;
}

/** A schema and all that it wraps, refines or pipes, the nearest first. */
function listSources(schema: ZodNode): readonly ZodNode[] {
  const sources = new Set([schema]);
  // The iteration reaches what is added on the way.
  for (const { _zod: internals } of sources) {
    const { innerType, in: input, out: output } = internals?.def ?? {};
    for (const inner of [internals?.parent, innerType, internals?.innerType, input, output]) {
      if (inner !== undefined) sources.add(inner);
    }
  }
  return [...sources];
}
