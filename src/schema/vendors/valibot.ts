/** Valibot: described by its companion package, with messages that do not repeat what was received. */

import { ApusError } from "../../errors/apus-error.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { StandardIssue, StandardSchema } from "../standard-schema.ts";
import { tidyJsonSchema } from "../tidy-json-schema.ts";
import { hideValue } from "./hide-value.ts";
import { bigintSchema, dateSchema, unknownCode, type Vendor } from "./vendor.ts";

interface SchemaContext {
  readonly valibotSchema: { readonly type?: string };
  readonly jsonSchema: JsonSchema;
}

interface ActionContext {
  readonly valibotAction: { readonly type?: string };
}

interface ValibotIssue extends StandardIssue {
  readonly kind?: unknown;
  readonly type?: unknown;
  readonly input?: unknown;
  readonly received?: unknown;
}

type Describe = (schema: StandardSchema, options: Record<string, unknown>) => Record<string, unknown>;

/**
 * Adapts a Valibot schema.
 * @throws ApusError APUS_MISSING_PACKAGE without `@valibot/to-json-schema`.
 */
export async function adaptValibot(source: StandardSchema): Promise<Vendor> {
  const describe = source["~standard"].jsonSchema === undefined ? await importDescribe() : undefined;
  return {
    validate: (value) => source["~standard"].validate(value),
    input: describeValibot(source, "input", describe),
    output: describeValibot(source, "output", describe),
    stripping: "itself",
    readIssue: readValibotIssue,
  };
}

async function importDescribe(): Promise<Describe> {
  try {
    const companion = await import("@valibot/to-json-schema");
    return companion.toJsonSchema as unknown as Describe;
  } catch (cause) {
    throw new ApusError(
      "APUS_MISSING_PACKAGE",
      'A Valibot schema is described by the package "@valibot/to-json-schema": install it (npm install @valibot/to-json-schema)',
      { cause },
    );
  }
}

function describeValibot(
  source: StandardSchema,
  typeMode: "input" | "output",
  describe: Describe | undefined,
): JsonSchema | undefined {
  const target = "draft-2020-12";
  const options = {
    errorMode: "ignore",
    overrideSchema: (context: SchemaContext): JsonSchema | undefined => overrideSchema(context, typeMode),
    // In input mode the companion stops before the first of these.
    overrideAction: ({ valibotAction }: ActionContext) => transformed.get(valibotAction.type),
  };
  const raw =
    describe === undefined
      ? source["~standard"].jsonSchema?.[typeMode]({ target, libraryOptions: options })
      : describe(source, { ...options, target, typeMode });
  return raw === undefined ? undefined : tidyJsonSchema(raw, { isName: isGivenName });
}

/** Valibot numbers the definitions that it must make itself; the others were named by `addGlobalDefs`. */
function isGivenName(key: string): boolean {
  return Number.isNaN(Number(key));
}

function overrideSchema(
  { valibotSchema, jsonSchema }: SchemaContext,
  typeMode: "input" | "output",
): JsonSchema | undefined {
  if (valibotSchema.type === "date") return { ...jsonSchema, ...dateSchema };
  if (valibotSchema.type === "bigint") return { ...jsonSchema, ...bigintSchema };
  const { properties, required } = jsonSchema;
  if (typeMode === "input" || properties === undefined || required === undefined) return undefined;
  // A default is always there in what comes out.
  const isThere = (name: string): boolean => required.includes(name) || properties[name]?.default !== undefined;
  return { ...jsonSchema, required: Object.keys(properties).filter(isThere) };
}

/** What comes out of the actions of a pipe that change the type; the result of a function can be anything. */
const transformed: ReadonlyMap<string | undefined, JsonSchema> = new Map([
  ["transform", {}],
  ["raw_transform", {}],
  ["find_item", {}],
  ["reduce_items", {}],
  ["parse_json", {}],
  ["stringify_json", { type: "string" }],
  ["to_string", { type: "string" }],
  ["to_number", { type: "number" }],
  ["to_boolean", { type: "boolean" }],
  ["to_date", dateSchema],
  ["to_bigint", bigintSchema],
]);

/** Valibot's default messages end in what was received; a message of the developer is only kept when it does not quote. */
function readValibotIssue(issue: ValibotIssue): { message: string; code: string } {
  return { message: describeIssue(issue), code: typeof issue.type === "string" ? issue.type : unknownCode };
}

function describeIssue({ message, received, kind, input }: ValibotIssue): string {
  const ending = `eceived ${String(received)}`;
  if (!message.startsWith("Invalid ") || !message.endsWith(ending)) return hideValue(message, input);
  const type = input === null ? "null" : Array.isArray(input) ? "array" : typeof input;
  const start = message.slice(0, -ending.length);
  const said = start.endsWith(" but r") ? start.slice(0, -" but r".length) : start.slice(0, -": R".length);
  return kind === "schema" ? `${said}, received ${type}` : said;
}
