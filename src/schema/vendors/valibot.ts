/** Valibot: described by its companion package, with messages that do not repeat what was received. */

import { ApusError } from "../../errors/apus-error.ts";
import type { JsonSchema } from "../json-schema.ts";
import { originOf, rememberOrigin } from "../schema-origin.ts";
import type { StandardIssue, StandardSchema } from "../standard-schema.ts";
import { tidyJsonSchema } from "../tidy-json-schema.ts";
import { hideValue } from "./hide-value.ts";
import { bigintSchema, dateSchema, unknownCode, type Vendor } from "./vendor.ts";

interface ValibotSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly pipe?: unknown;
  readonly async?: boolean;
  readonly entries?: Readonly<Record<string, ValibotSchema>>;
}

interface SchemaContext {
  readonly valibotSchema: ValibotSchema;
  readonly jsonSchema: Record<string, unknown>;
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
    overrideSchema: (context: SchemaContext): void => tidyNode(context, typeMode),
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

/** Works on the node itself, because a node that is returned is copied and loses its origin. */
function tidyNode({ valibotSchema, jsonSchema }: SchemaContext, typeMode: "input" | "output"): void {
  if (valibotSchema.type === "date") Object.assign(jsonSchema, dateSchema);
  if (valibotSchema.type === "bigint") Object.assign(jsonSchema, bigintSchema);
  if (typeMode === "output") requireDefaults(valibotSchema, jsonSchema);
  if (jsonSchema["default"] instanceof Promise) dropPromise(jsonSchema, jsonSchema["default"]);
  const inner = originOf(jsonSchema)?.sources ?? [];
  // Of a pipe only the first schema is ever shown here, not the pipe itself.
  rememberOrigin(jsonSchema, { sources: [valibotSchema, ...inner], isComplete: false });
}

/** The companion calls asynchronous defaults, too; nobody waits for what they give or how they fail. */
function dropPromise(jsonSchema: Record<string, unknown>, value: Promise<unknown>): void {
  value.catch(() => undefined);
  delete jsonSchema["default"];
}

/** A default is always there in what comes out. */
function requireDefaults({ entries = {} }: ValibotSchema, jsonSchema: JsonSchema): void {
  const { properties, required } = jsonSchema;
  if (properties === undefined || required === undefined) return;
  const isThere = (name: string): boolean => {
    if (required.includes(name) || properties[name]?.default !== undefined) return true;
    const { default: value, pipe, async } = entries[name] ?? {};
    // What a pipe or a promise makes of the default, JSON Schema cannot say.
    return value !== undefined && (pipe !== undefined || async === true);
  };
  Object.assign(jsonSchema, { required: Object.keys(properties).filter(isThere) });
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
