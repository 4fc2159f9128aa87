/** Compiles a user's Standard Schema into the `Schema` seam, once for each schema and use. */

import { ApusError } from "../errors/apus-error.ts";
import { compileStrip, type Strip } from "./compile-strip.ts";
import type { Schema, SchemaIssue, SchemaResult } from "./schema.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "./standard-schema.ts";
import { adaptArktype } from "./vendors/arktype.ts";
import { adaptOther } from "./vendors/other.ts";
import { adaptTypebox } from "./vendors/typebox-vendor.ts";
import { adaptValibot } from "./vendors/valibot.ts";
import { unknownCode, type Vendor } from "./vendors/vendor.ts";
import { adaptZod } from "./vendors/zod.ts";

export interface CompileSchemaOptions {
  /** For responses: what the schema does not declare is not in the result, at any depth. */
  readonly strip?: boolean | undefined;
}

type Adapt = (source: StandardSchema) => Promise<Vendor>;

const adapters: ReadonlyMap<string, Adapt> = new Map([
  ["zod", adaptZod],
  ["valibot", adaptValibot],
  ["arktype", adaptArktype],
  ["typebox", adaptTypebox],
]);

/** More issues than this help nobody and would let a small request cause a large answer. */
const maximumIssues = 100;

const vendors = new WeakMap<object, Promise<Vendor>>();
const plainSchemas = new WeakMap<object, Promise<Schema>>();
const strippingSchemas = new WeakMap<object, Promise<Schema>>();

/**
 * Compiles a schema; the same source gives the same result.
 * @throws ApusError APUS_NOT_A_SCHEMA when it does not speak Standard Schema; APUS_MISSING_PACKAGE when its vendor needs
 * a companion; APUS_UNDESCRIBABLE_SCHEMA when `strip` is asked of a schema whose shape nobody can tell.
 */
export async function compileSchema(source: unknown, options: CompileSchemaOptions = {}): Promise<Schema> {
  const standard = parseSource(source);
  const schemas = options.strip === true ? strippingSchemas : plainSchemas;
  return once(schemas, standard, async () => {
    const vendor = await once(vendors, standard, adapters.get(standard["~standard"].vendor) ?? adaptOther);
    const { input, output } = vendor;
    const strips = options.strip === true ? compileStrips(standard, vendor) : {};
    return { validate: compileValidate(vendor, strips), input, output, source: standard };
  });
}

/** Remembers a promise, unless it is rejected. */
async function once<T>(
  cache: WeakMap<object, Promise<T>>,
  source: StandardSchema,
  make: (source: StandardSchema) => Promise<T>,
): Promise<T> {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const made = make(source);
  cache.set(source, made);
  made.catch(() => cache.delete(source));
  return made;
}

function parseSource(source: unknown): StandardSchema {
  const isHolder = (typeof source === "object" && source !== null) || typeof source === "function";
  const standard: unknown = isHolder ? (source as Partial<StandardSchema>)["~standard"] : undefined;
  const isStandard =
    typeof standard === "object" &&
    standard !== null &&
    typeof (standard as StandardSchema["~standard"]).validate === "function";
  if (isStandard) return source as StandardSchema;
  throw new ApusError(
    "APUS_NOT_A_SCHEMA",
    `Expected a Standard Schema (Zod, Valibot, ArkType, …), got ${describeSource(source)}${remedy(source)}`,
  );
}

function describeSource(source: unknown): string {
  if (source === null || source === undefined) return String(source);
  if (Array.isArray(source)) return "an array";
  if (typeof source === "function") return source.name === "" ? "a function" : `the function ${source.name}`;
  if (typeof source !== "object") return `a ${typeof source}`;
  const keys = Object.keys(source).slice(0, 5).join(", ");
  return keys === "" ? "an object without properties" : `an object with the properties ${keys}`;
}

function remedy(source: unknown): string {
  if (typeof source !== "object" || source === null || Array.isArray(source)) return "";
  const isJsonSchema = ["~kind", "type", "anyOf", "properties"].some((keyword) => keyword in source);
  return isJsonSchema
    ? `: a TypeBox schema must be wrapped, typebox(schema) from "apus/typebox"`
    : `: wrap plain properties in an object schema, and TypeBox in typebox(schema) from "apus/typebox"`;
}

interface Strips {
  readonly before?: Strip;
  readonly after?: Strip;
}

function compileStrips(source: StandardSchema, { stripping, input, output }: Vendor): Strips {
  if (stripping === "itself") return {};
  if (output === undefined) {
    throw new ApusError(
      "APUS_UNDESCRIBABLE_SCHEMA",
      `A response schema of "${source["~standard"].vendor}" has no JSON Schema, so what it does not declare cannot be kept out of answers. Use a schema with ~standard.jsonSchema`,
    );
  }
  const after = compileStrip(output);
  return stripping === "around" && input !== undefined ? { before: compileStrip(input), after } : { after };
}

function compileValidate(vendor: Vendor, { before, after }: Strips): Schema["validate"] {
  const settle = (result: StandardResult<unknown>, value: unknown): SchemaResult => {
    if (result.issues !== undefined) return { issues: readIssues(vendor, result.issues, value) };
    return after === undefined ? result : { value: after(result.value) };
  };
  return (value) => {
    const given = before === undefined ? value : before(value);
    const result = vendor.validate(given);
    return isPromise(result)
      ? Promise.resolve(result).then((settled) => settle(settled, given))
      : settle(result, given);
  };
}

function isPromise<T extends object>(result: T | Promise<T>): result is Promise<T> {
  return "then" in result && typeof result.then === "function";
}

function readIssues(vendor: Vendor, issues: readonly StandardIssue[], value: unknown): readonly SchemaIssue[] {
  if (issues.length === 0) return [{ path: [], message: "does not fit the schema", code: unknownCode }];
  return issues
    .slice(0, maximumIssues)
    .map((issue) => ({ path: readPath(issue.path), ...vendor.readIssue(issue, value) }));
}

function readPath(path: StandardIssue["path"]): readonly (string | number)[] {
  return Array.from(path ?? [], (segment) =>
    readKey(typeof segment === "object" && segment !== null ? segment.key : segment),
  );
}

function readKey(key: unknown): string | number {
  if (typeof key === "string" || typeof key === "number") return key;
  if (typeof key === "symbol") return key.description ?? "symbol";
  return typeof key === "object" && key !== null ? "object" : String(key);
}
