/** TypeBox, wrapped by `typebox()` of "apus/typebox": the schema is JSON Schema, the messages never quote. */

import type { StandardSchema } from "../standard-schema.ts";
import { adaptOther } from "./other.ts";
import { codeOf, type CodedIssue, type Vendor } from "./vendor.ts";

/** Adapts what `typebox()` returned. */
export async function adaptTypebox(source: StandardSchema): Promise<Vendor> {
  const vendor = await adaptOther(source);
  return { ...vendor, readIssue: readTypeboxIssue };
}

function readTypeboxIssue(issue: CodedIssue): { message: string; code: string } {
  return { message: issue.message, code: codeOf(issue) };
}
