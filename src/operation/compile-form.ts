/** Compiles the form of an operation once, at startup: its fields, its files, its limits. */

import { ApusError } from "../errors/apus-error.ts";
import type { FormPlan } from "../multipart/receive-form.ts";
import { isUploadField, type UploadSettings } from "../multipart/upload-field.ts";
import { removeStaleFolders } from "../multipart/upload-folder.ts";
import { maxPairs } from "../parameters/parse-query.ts";
import type { BodyPart } from "../parameters/read-body.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";
import type { OperationOptions } from "./operation.ts";

/** A declared form, ready to be received. */
export interface FormStep {
  /** Who reads its fields; nobody when only files are declared: then texts are ignored. */
  readonly parts: readonly BodyPart[];
  readonly plan: FormPlan;
  /** The names that the schemas of the fields declare; undefined when they cannot say. */
  readonly declared: readonly string[] | undefined;
  /** Fields that no text can become, so that their text is JSON. */
  readonly jsonFields: ReadonlySet<string>;
  /** Fields that are lists, and so may be one JSON part or several. */
  readonly listFields: ReadonlySet<string>;
}

/** What the operation and its app say of bodies. */
export interface FormPlace {
  readonly where: string;
  /** The app's limit of bodies in bytes. */
  readonly bodyLimit: number;
}

/**
 * The form of an operation whose fields are read by `parts`; undefined when neither it nor they ask for one.
 * @throws ApusError APUS_BAD_OPTION for `files` that are none, or can never be received.
 */
export function compileForm(
  options: OperationOptions,
  parts: readonly BodyPart[],
  place: FormPlace,
): FormStep | undefined {
  if (parts.length === 0 && options.files === undefined) return undefined;
  const schemas = parts.map(({ schema }) => schema.input ?? {});
  const properties = schemas.flatMap((schema) =>
    Object.entries(schema.properties ?? {}).map(([name, property]) => ({ name, type: typeOf(property, schema) })),
  );
  const names = new Set(properties.map(({ name }) => name));
  const uploads = compileUploads(options, names, place.where);
  if (uploads.size > 0) void removeStaleFolders();
  const ofType = (wanted: string): ReadonlySet<string> =>
    new Set(properties.filter(({ type }) => type === wanted).map(({ name }) => name));
  const isKnown = parts.length > 0 && schemas.every((schema) => schema.properties !== undefined);
  return {
    parts,
    plan: { uploads, limits: { ...compileLimits(options, uploads, place), parts: maxPairs } },
    declared: isKnown ? [...names] : undefined,
    jsonFields: ofType("object"),
    listFields: ofType("array"),
  };
}

function typeOf(property: JsonSchema, root: JsonSchema): unknown {
  if (!isSchemaObject(property)) return undefined;
  return (resolveReference(property, root) ?? property).type;
}

function compileUploads(
  { files = {}, body }: OperationOptions,
  fields: ReadonlySet<string>,
  where: string,
): ReadonlyMap<string, UploadSettings> {
  const refuse = (why: string): never => {
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}`);
  };
  if (body !== undefined) refuse("declare either body or files, not both: files come in a form.");
  const uploads = new Map<string, UploadSettings>();
  for (const [name, field] of Object.entries(files)) {
    if (!isUploadField(field)) return refuse(`files.${name} is no file: declare it with upload() or uploads().`);
    if (fields.has(name)) {
      refuse(`"${name}" is in form and in files; a field is one or the other.`);
    }
    uploads.set(name, field.settings);
  }
  if ([...uploads.values()].filter(({ streams }) => streams).length > 1) {
    refuse("only one field of files may stream: it is the last of its form.");
  }
  return uploads;
}

/** Declared sizes raise the app's limit; the operation's own limit is what it says. */
function compileLimits(
  { bodyLimit: own }: OperationOptions,
  uploads: ReadonlyMap<string, UploadSettings>,
  { where, bodyLimit }: FormPlace,
): { readonly total: number; readonly texts: number } {
  const texts = uploads.size === 0 ? (own ?? bodyLimit) : Math.min(own ?? bodyLimit, bodyLimit);
  let total = own ?? bodyLimit;
  for (const [name, { maxBytes = 0, maxCount }] of uploads) {
    if (own === undefined) total = Math.min(total + maxBytes * maxCount, Number.MAX_SAFE_INTEGER);
    else if (maxBytes > own) {
      const why = `files.${name} may have ${maxBytes} bytes, which the bodyLimit of ${own} bytes never lets through.`;
      throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}`);
    }
  }
  return { total, texts };
}
