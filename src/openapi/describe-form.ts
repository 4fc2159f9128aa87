/** Describes a form with files: one object of its fields and its files, as `multipart/form-data`. */

import type { UploadSettings } from "../multipart/upload-field.ts";
import type { BodyPart } from "../parameters/read-body.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { collectProperties } from "./object-properties.ts";
import type { MediaTypeObject } from "./openapi-document.ts";
import type { SchemaComponents } from "./schema-components.ts";

/** A form whose fields are described by `parts`; none when it has files only. */
export interface FormDescription {
  readonly parts: readonly BodyPart[];
  readonly uploads: ReadonlyMap<string, UploadSettings>;
}

/** The subschemas of a form's fields, which the document shows beside those of its files. */
export function listFormParts({ schema }: BodyPart): readonly JsonSchema[] {
  return [...collectProperties(schema.input ?? {}).values()].map(({ schema: part }) => part);
}

/** The properties of the fields first, in the order in which they are to be sent (OpenAPI 3.1 §4.8.14.4). */
export function describeForm({ parts, uploads }: FormDescription, components: SchemaComponents): MediaTypeObject {
  const properties = new Map<string, JsonSchema>();
  const required: string[] = [];
  for (const part of parts) {
    for (const [name, property] of collectProperties(part.schema.input ?? {})) {
      if (!properties.has(name)) properties.set(name, components.describePart(part.schema, property.schema));
      if (property.required && !required.includes(name)) required.push(name);
    }
  }
  for (const [name, settings] of uploads) {
    properties.set(name, describeUpload(settings));
    if (settings.minCount > 0) required.push(name);
  }
  const encoding = [...uploads]
    .filter(([, { types }]) => types.length > 0)
    .map(([name, { types }]) => [name, { contentType: types.join(", ") }] as const);
  const schema: JsonSchema = {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
  return { schema, ...(encoding.length === 0 ? {} : { encoding: Object.fromEntries(encoding) }) };
}

/** `format` is the word that tools look for; OpenAPI 3.1 itself needs none for bytes (§4.8.14.2). */
function describeUpload({ isList, minCount, maxCount, maxBytes, description }: UploadSettings): JsonSchema {
  const words = description === undefined ? {} : { description };
  const bytes: JsonSchema = {
    type: "string",
    format: "binary",
    ...(maxBytes === undefined ? {} : { maxLength: maxBytes }),
  };
  if (!isList) return { ...bytes, ...words };
  return {
    type: "array",
    items: bytes,
    ...(minCount === 0 ? {} : { minItems: minCount }),
    maxItems: maxCount,
    ...words,
  };
}
