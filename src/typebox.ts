/** The entry "apus/typebox": makes a TypeBox 1.x schema a Standard Schema with JSON Schema. */

import type { StaticDecode, StaticEncode, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Clone, DecodeUnsafe, Default, HasCodec } from "typebox/value";
import type { JsonSchema } from "./schema/json-schema.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "./schema/standard-schema.ts";
import { mapSubschemas, walkJsonSchema } from "./schema/walk-json-schema.ts";

/**
 * Wraps a TypeBox schema so that it can stand wherever Apus takes a schema: defaults are applied, then the value is
 * checked, then codecs decode. Nothing is converted: text inputs are coerced by Apus itself.
 */
export function typebox<const T extends TSchema & object>(schema: T): StandardSchema<StaticEncode<T>, StaticDecode<T>> {
  return {
    "~standard": {
      version: 1,
      vendor: "typebox",
      validate: compileTypebox(schema) as (value: unknown) => StandardResult<StaticDecode<T>>,
      jsonSchema: {
        input: () => describeInput(schema as JsonSchema),
        output: () => describeOutput(schema as JsonSchema),
      },
    },
  };
}

function compileTypebox(schema: TSchema): (value: unknown) => StandardResult<unknown> {
  const validator = Compile(schema);
  const hasCodec = HasCodec(schema);
  const isRewritten = hasCodec || hasDefault(schema as JsonSchema);
  return (value) => {
    // Default and Decode write into what they are given.
    const own = isRewritten ? Default(schema, Clone(value)) : value;
    if (!validator.Check(own)) return { issues: readErrors(validator.Errors(own)) };
    if (!hasCodec) return { value: own };
    try {
      return { value: DecodeUnsafe({}, schema, own) };
    } catch {
      return { issues: [codedIssue("decode", [], "could not be decoded")] };
    }
  };
}

function hasDefault(schema: JsonSchema): boolean {
  let found = false;
  walkJsonSchema(schema, (node) => {
    found ||= node.default !== undefined;
  });
  return found;
}

/** What comes in: a property with a default need not be sent. */
function describeInput(schema: JsonSchema): JsonSchema {
  const { required, properties = {} } = schema;
  const copy = describeKind(mapSubschemas(schema, describeInput));
  if (required === undefined) return copy;
  return { ...copy, required: required.filter((name) => properties[name]?.default === undefined) };
}

/** What comes out: where a codec decodes, anything may. */
function describeOutput(schema: JsonSchema): JsonSchema {
  return "~codec" in schema ? {} : describeKind(mapSubschemas(schema, describeOutput));
}

/** TypeBox's own type names for what JSON does not have. */
function describeKind(schema: JsonSchema): JsonSchema {
  if (schema.type === "bigint") return { ...schema, type: "string", pattern: "^-?[0-9]+$" };
  if (schema.type !== "undefined" && schema.type !== "symbol" && schema.type !== "void") return schema;
  const { type: _, ...rest } = schema;
  return rest;
}

interface TypeboxError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

type CodedIssue = StandardIssue & { readonly code: string };

function codedIssue(code: string, path: readonly string[], message: string): CodedIssue {
  return { code, path, message };
}

/** One issue for each missing property, and one for a union instead of one for each of its branches. */
function readErrors(errors: readonly TypeboxError[]): readonly CodedIssue[] {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const isInUnion = (error: TypeboxError): boolean =>
    unions.some((union) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/${union.keyword}/`));
  return errors.filter((error) => !isInUnion(error)).flatMap(readError);
}

function readError({ keyword, instancePath, message, params }: TypeboxError): readonly CodedIssue[] {
  const path = parsePointer(instancePath);
  const missing: unknown = "requiredProperties" in params ? params.requiredProperties : undefined;
  if (keyword !== "required" || !Array.isArray(missing)) return [codedIssue(keyword, path, message)];
  return missing.map((name) => codedIssue(keyword, [...path, String(name)], "is required"));
}

function parsePointer(pointer: string): readonly string[] {
  const segments = pointer.split("/").slice(1);
  return segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
