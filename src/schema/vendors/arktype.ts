/** ArkType: its own JSON Schema with a fallback for what JSON cannot carry, and messages built from what was expected. */

import type { JsonSchema } from "../json-schema.ts";
import type { StandardSchema } from "../standard-schema.ts";
import { tidyJsonSchema } from "../tidy-json-schema.ts";
import { hideValue } from "./hide-value.ts";
import { bigintSchema, codeOf, dateSchema, type CodedIssue, type Vendor } from "./vendor.ts";

interface ArkIssue extends CodedIssue {
  readonly expected?: string;
  readonly errors?: readonly ArkIssue[];
  readonly data?: unknown;
  readonly meta?: { readonly message?: unknown; readonly problem?: unknown };
}

interface FallbackContext {
  readonly code: string;
  readonly base: JsonSchema;
  readonly domain?: unknown;
}

/** Adapts an ArkType type. */
export async function adaptArktype(source: StandardSchema): Promise<Vendor> {
  const hasTransform = (source as { readonly includesTransform?: unknown }).includesTransform !== false;
  return {
    validate: (value) => source["~standard"].validate(value),
    input: describeArktype(source, "input"),
    output: describeArktype(source, "output"),
    // ArkType's own deletion stops at recursive types and refuses some unions.
    stripping: hasTransform ? "around" : "after",
    readIssue: readArkIssue,
  };
}

function describeArktype(source: StandardSchema, side: "input" | "output"): JsonSchema | undefined {
  const raw = source["~standard"].jsonSchema?.[side]({ target: "draft-2020-12", libraryOptions: { fallback } });
  return raw === undefined ? undefined : tidyJsonSchema(raw);
}

function fallback({ code, base, domain }: FallbackContext): JsonSchema {
  if (code === "date") return { ...base, ...dateSchema };
  if (code === "domain" && domain === "bigint") return { ...base, ...bigintSchema };
  return base;
}

/** ArkType's messages end in "(was …)", so they are built anew unless the developer configured one. */
function readArkIssue(issue: ArkIssue, value: unknown): { message: string; code: string } {
  const isConfigured = issue.meta?.message !== undefined || issue.meta?.problem !== undefined;
  const message =
    isConfigured || issue.expected === undefined
      ? hideValue(issue.message, issue.data ?? value)
      : `must be ${describeExpected(issue)}`;
  return { message, code: codeOf(issue) };
}

/** `expected` of a union or an intersection repeats whole messages, so theirs are joined from their members. */
function describeExpected(issue: ArkIssue): string {
  if (issue.errors === undefined) return issue.expected ?? "valid";
  const depth = issue.path?.length ?? 0;
  // ArkType's own path class does not survive slice().
  const parts = issue.errors.map((error) => {
    const inner = Array.from((error.path ?? []) as readonly PropertyKey[], String).slice(depth);
    const place = issue.code === "union" && inner.length > 0 ? `${inner.join(".")}: ` : "";
    return `${place}${describeExpected(error)}`;
  });
  return parts.join(issue.code === "union" ? " or " : " and ");
}
