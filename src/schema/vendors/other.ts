/** Any other vendor of Standard Schema: JSON Schema if it has it, and messages that are not trusted. */

import type { JsonSchema } from "../json-schema.ts";
import type { StandardSchema } from "../standard-schema.ts";
import { tidyJsonSchema } from "../tidy-json-schema.ts";
import { hideValue } from "./hide-value.ts";
import { codeOf, type CodedIssue, type Vendor } from "./vendor.ts";

/** Adapts a schema of a vendor that Apus has no file for. */
export async function adaptOther(source: StandardSchema): Promise<Vendor> {
  const input = describeOther(source, "input");
  const output = describeOther(source, "output");
  return {
    validate: (value) => source["~standard"].validate(value),
    input,
    output,
    stripping: JSON.stringify(input) === JSON.stringify(output) ? "after" : "around",
    readIssue: readOtherIssue,
  };
}

/** The specification lets a vendor throw for a target or a schema that it cannot describe. */
function describeOther(source: StandardSchema, side: "input" | "output"): JsonSchema | undefined {
  const describe = source["~standard"].jsonSchema?.[side];
  if (describe === undefined) return undefined;
  let raw: Record<string, unknown>;
  try {
    raw = describe({ target: "draft-2020-12" });
  } catch {
    return undefined;
  }
  return tidyJsonSchema(raw);
}

function readOtherIssue(issue: CodedIssue, value: unknown): { message: string; code: string } {
  return { message: hideValue(issue.message, value), code: codeOf(issue) };
}
