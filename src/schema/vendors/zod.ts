/** Zod 4: compiled validation where the installed version has it, and JSON Schema without its noise. */

import { ApusError } from "../../errors/apus-error.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { StandardSchema } from "../standard-schema.ts";
import { tidyJsonSchema } from "../tidy-json-schema.ts";
import { bigintSchema, codeOf, dateSchema, type CodedIssue, type Vendor } from "./vendor.ts";
import { traceZod, type ZodInternals, type ZodNodeContext } from "./zod-origins.ts";

interface ZodVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

interface ZodSource extends StandardSchema {
  readonly _zod?: ZodInternals & { readonly version?: ZodVersion };
}

/** What Apus uses of "zod/v4/core"; older versions lack parts of it. */
interface ZodCore {
  readonly version: ZodVersion;
  readonly globalConfig?: { readonly jitless?: boolean };
  readonly regexes?: { readonly email?: RegExp };
  readonly compile?: (schema: ZodSource) => ZodSource;
  readonly toJSONSchema?: (schema: ZodSource, options: Record<string, unknown>) => Record<string, unknown>;
}

/** Adapts a schema of "zod", "zod/mini" or of Zod 3.24+ (which can validate, but not describe itself). */
export async function adaptZod(source: StandardSchema): Promise<Vendor> {
  const core = await importCore(source);
  const standard = compileZod(source, core)["~standard"];
  return {
    validate: (value) => standard.validate(value),
    input: describeZod(source, "input", core),
    output: describeZod(source, "output", core),
    stripping: "itself",
    readIssue: readZodIssue,
  };
}

/** The core of the very Zod that made the schema; undefined when it cannot be imported from here. */
async function importCore(source: ZodSource): Promise<ZodCore | undefined> {
  const version = source["_zod"]?.version;
  if (version === undefined) return undefined;
  try {
    const core: ZodCore = (await import("zod/v4/core")) as unknown as ZodCore;
    const { major, minor, patch } = core.version;
    return major === version.major && minor === version.minor && patch === version.patch ? core : undefined;
  } catch {
    return undefined;
  }
}

/** Zod's own fallback holds: a schema that it cannot compile (asynchronous, recursive) comes back as it was. */
function compileZod(source: ZodSource, core: ZodCore | undefined): ZodSource {
  if (core?.compile === undefined || core.globalConfig?.jitless === true) return source;
  try {
    return core.compile(source);
  } catch {
    return source;
  }
}

function describeZod(source: ZodSource, io: "input" | "output", core: ZodCore | undefined): JsonSchema | undefined {
  const target = "draft-2020-12";
  const standard = source["~standard"].jsonSchema?.[io];
  const describe = (note: (context: ZodNodeContext) => void): JsonSchema | undefined => {
    const override = (context: ZodNodeContext): void => {
      tidyNode(context, core);
      note(context);
    };
    const options = { unrepresentable: "any", override };
    return standard === undefined
      ? core?.toJSONSchema?.(source, { ...options, target, io })
      : standard({ target, libraryOptions: options });
  };
  try {
    const raw = describe(() => undefined);
    return raw === undefined ? undefined : tidyJsonSchema(traceZod(source, raw, describe), { isName: isGivenName });
  } catch (cause) {
    if (cause instanceof ApusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApusError("APUS_UNDESCRIBABLE_SCHEMA", `Zod cannot describe this schema as JSON Schema: ${reason}`, {
      cause,
    });
  }
}

/** Zod names the definitions that it must make itself "__schema0", "__schema1", … */
function isGivenName(key: string): boolean {
  return !key.startsWith("__schema");
}

/** Formats that say all that Zod's own pattern says. */
const tellingFormats: ReadonlySet<unknown> = new Set(["date-time", "date", "time", "duration", "uuid", "ipv4", "ipv6"]);

function tidyNode({ zodSchema, jsonSchema }: ZodNodeContext, core: ZodCore | undefined): void {
  const kind = zodSchema["_zod"]?.def?.type;
  if (kind === "date") Object.assign(jsonSchema, dateSchema);
  if (kind === "bigint") Object.assign(jsonSchema, bigintSchema);
  if (isTypeBound(jsonSchema["minimum"])) delete jsonSchema["minimum"];
  if (isTypeBound(jsonSchema["maximum"])) delete jsonSchema["maximum"];
  const isOwnEmail = jsonSchema["format"] === "email" && jsonSchema["pattern"] === core?.regexes?.email?.source;
  if (isOwnEmail || tellingFormats.has(jsonSchema["format"])) delete jsonSchema["pattern"];
}

/** A bound that only repeats how far the type itself reaches. */
function isTypeBound(bound: unknown): boolean {
  return (
    typeof bound === "number" && (Math.abs(bound) === Number.MAX_SAFE_INTEGER || Math.abs(bound) === Number.MAX_VALUE)
  );
}

/** Zod's messages name types and limits, never the value. */
function readZodIssue(issue: CodedIssue): { message: string; code: string } {
  return { message: issue.message, code: codeOf(issue) };
}
