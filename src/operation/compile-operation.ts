/** Compiles a declared operation once, at startup: schemas, readers, statuses; wrong declarations end here. */

import { ApusError } from "../errors/apus-error.ts";
import {
  compileDependencies,
  type DependencyParts,
  type OperationDependencies,
} from "../dependencies/compile-dependencies.ts";
import type { AnyDependency } from "../dependencies/dependency.ts";
import { isBodyFormat } from "../parameters/body-format.ts";
import type { FormatStep } from "../parameters/compile-body-format.ts";
import { compileBodyPart, type BodyStep } from "../parameters/read-body.ts";
import { compileParameterStep, type ParameterPlace, type ParameterStep } from "../parameters/read-parameters.ts";
import type { PathTemplate } from "../routing/path-template.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { compileSharedContent } from "./shared-content.ts";
import { compileForm, type FormStep } from "./compile-form.ts";
import { compileFormat } from "./compile-format.ts";
import type { DeclaredResponse, Operation, OperationOptions } from "./operation.ts";
import type { AnySchema } from "../schema/standard-schema.ts";
import type { RequestContext } from "./request-context.ts";

/** A documented answer after compilation. */
export interface CompiledResponse {
  readonly description: string | undefined;
  readonly mediaType: string | undefined;
  readonly schema: Schema | undefined;
}

/** Everything that a request needs to know of its operation, decided at startup. */
export interface CompiledOperation {
  readonly operation: Operation;
  readonly options: OperationOptions;
  /** The full template, with the prefixes of every router on the way. */
  readonly template: PathTemplate;
  readonly parameters: readonly ParameterStep[];
  /** The JSON body, or the fields of the form. */
  readonly body: BodyStep | undefined;
  /** How a form is received; undefined when neither `form` nor `files` is declared. */
  readonly form: FormStep | undefined;
  /** How a body is received that is not one JSON value and no form. */
  readonly format: FormatStep | undefined;
  /** Bytes that a body may have where nothing else is said. */
  readonly bodyLimit: number;
  /** undefined when nothing is used. */
  readonly dependencies: OperationDependencies | undefined;
  readonly handler: (context: RequestContext) => unknown;
  /** How items that the handler yields are sent; undefined where it returns one value. */
  readonly stream: CompiledStream | undefined;
  /** Status of a plain value. */
  readonly status: number;
  /** Answers by status, the plain value's own included. */
  readonly responses: ReadonlyMap<number, CompiledResponse>;
  readonly errors: ReadonlyMap<number, CompiledResponse>;
}

export interface CompiledStream {
  readonly kind: "lines" | "events";
  readonly schema: Schema;
}

export interface OperationDefaults {
  readonly bodyLimit: number;
  readonly dependencies: DependencyParts;
}

/** What an operation has from the routers around it. */
export interface OperationPlace {
  /** The full template. */
  readonly template: PathTemplate;
  /** Dependencies of the routers, the outermost first. */
  readonly use: readonly AnyDependency[];
}

const places: readonly ParameterPlace[] = ["path", "query", "headers", "cookies"];

/**
 * @throws ApusError APUS_BAD_OPTION, APUS_NOT_A_SCHEMA, APUS_PARAMETER_MISMATCH, APUS_MISSING_PACKAGE,
 * each naming the operation and the line of its declaration.
 */
export async function compileOperation(
  operation: Operation,
  { template, use }: OperationPlace,
  defaults: OperationDefaults,
): Promise<CompiledOperation> {
  const { options } = operation;
  const where = `${operation.method} ${operation.path} at ${operation.declaredAt}`;
  checkOptions(options, where);
  const parameters: ParameterStep[] = [];
  for (const place of places) {
    const source = options[place];
    if (source === undefined) continue;
    const schema = await compileNamed(source, { where, what: place, strip: false });
    if (place === "path") checkPathSchema(schema, template, where);
    parameters.push(compileParameterStep(place, schema));
  }
  const responses = await compileResponses(options.responses ?? {}, where);
  if (options.response !== undefined) {
    const schema = await compileNamed(options.response, { where, what: "response", strip: true });
    responses.set(options.status ?? 200, { description: undefined, mediaType: undefined, schema });
  }
  const { bodyLimit } = defaults;
  const body = await compileBody(options, where, options.bodyLimit ?? bodyLimit);
  const format = await compileFormatOf(options, where, bodyLimit);
  const dependencies = await compileUses(operation, { template, use }, { where, parts: defaults.dependencies });
  const contents = dependencies?.declared.contents ?? [];
  if (contents.length > 0) compileSharedContent({ operation, options, body, bodyLimit }, contents);
  return Object.freeze({
    operation,
    options,
    template,
    parameters,
    body,
    form: compileForm(options, body?.place === "form" ? [body] : [], { where, bodyLimit }),
    format,
    bodyLimit,
    dependencies,
    handler: operation.handler as CompiledOperation["handler"],
    stream: await compileStream(options, where),
    status: options.status ?? 200,
    responses,
    errors: await compileResponses(options.errors ?? {}, where),
  });
}

async function compileBody(options: OperationOptions, where: string, limit: number): Promise<BodyStep | undefined> {
  const place = options.body !== undefined ? "body" : "form";
  const source = options[place];
  if (source === undefined || isBodyFormat(source)) return undefined;
  return { ...compileBodyPart(place, await compileNamed(source, { where, what: place, strip: false })), limit };
}

async function compileFormatOf(
  { body, bodyLimit: own }: OperationOptions,
  where: string,
  bodyLimit: number,
): Promise<FormatStep | undefined> {
  if (!isBodyFormat(body)) return undefined;
  const { settings } = body;
  const row = "row" in settings ? await compileNamed(settings.row, { where, what: "body", strip: false }) : undefined;
  return compileFormat(settings, row, { where, own, bodyLimit });
}

async function compileUses(
  { options }: Operation,
  { template, use }: OperationPlace,
  { where, parts }: { readonly where: string; readonly parts: DependencyParts },
): Promise<OperationDependencies | undefined> {
  const named = options.use ?? {};
  if (use.length === 0 && Object.keys(named).length === 0) return undefined;
  const pathNames = template.parameters.map(({ name }) => name);
  return compileDependencies({ named, unnamed: use, where, pathNames }, parts);
}

async function compileStream(options: OperationOptions, where: string): Promise<CompiledStream | undefined> {
  for (const kind of ["lines", "events"] as const) {
    const source = options[kind];
    if (source !== undefined) return { kind, schema: await compileNamed(source, { where, what: kind, strip: true }) };
  }
  return undefined;
}

async function compileResponses(
  declared: Readonly<Record<number, DeclaredResponse>>,
  where: string,
): Promise<Map<number, CompiledResponse>> {
  const compiled = new Map<number, CompiledResponse>();
  for (const [key, response] of Object.entries(declared)) {
    const status = Number(key);
    if (typeof response === "string") {
      compiled.set(status, { description: response, mediaType: undefined, schema: undefined });
      continue;
    }
    const described =
      "~standard" in response ? { schema: response, description: undefined, mediaType: undefined } : response;
    const what = `answer ${status}`;
    const schema =
      described.schema === undefined ? undefined : await compileNamed(described.schema, { where, what, strip: true });
    compiled.set(status, { description: described.description, mediaType: described.mediaType, schema });
  }
  return compiled;
}

async function compileNamed(
  source: AnySchema,
  { where, what, strip }: { readonly where: string; readonly what: string; readonly strip: boolean },
): Promise<Schema> {
  try {
    return await compileSchema(source, { strip });
  } catch (error) {
    if (!(error instanceof ApusError)) throw error;
    throw new ApusError(error.code, `The ${what} schema of ${where} cannot be used: ${error.reason}`, {
      cause: error,
    });
  }
}

function checkOptions(options: OperationOptions, where: string): void {
  const refuse = (why: string): never => {
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}`);
  };
  const { status } = options;
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status < 400)) {
    refuse(`status is an integer from 200 to 399, not ${String(status)}.`);
  }
  if (options.response !== undefined && (status === 204 || status === 205 || status === 304)) {
    refuse(`an answer of ${status} has no content, so it cannot have a response schema.`);
  }
  const kinds = [options.response, options.lines, options.events].filter((kind) => kind !== undefined);
  if (kinds.length > 1) refuse("declare one of response, lines and events.");
  if (options.body !== undefined && options.form !== undefined) refuse("declare either body or form, not both.");
  const limit = options.bodyLimit;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    refuse(`bodyLimit is a number of bytes, not ${String(limit)}.`);
  }
  for (const key of Object.keys(options.errors ?? {})) {
    if (!isStatus(key, 400)) refuse(`errors has the status ${key}; errors are 400 to 599.`);
  }
  for (const key of Object.keys(options.responses ?? {})) {
    if (!isStatus(key, 200)) refuse(`responses has the status ${key}; answers are 200 to 599.`);
  }
}

function isStatus(key: string, lowest: number): boolean {
  return Number.isInteger(Number(key)) && Number(key) >= lowest && Number(key) <= 599;
}

function checkPathSchema(schema: Schema, template: PathTemplate, where: string): void {
  const declared = schema.input?.properties;
  if (declared === undefined) return;
  const named = template.parameters.map(({ name }) => name);
  const missing = (schema.input?.required ?? []).filter((name) => !named.includes(name));
  const extra = named.filter((name) => !(name in declared));
  if (missing.length === 0 && extra.length === 0) return;
  const wrong = [
    ...missing.map((name) => `"${name}" is in the schema but not in the template`),
    ...extra.map((name) => `"${name}" is in the template but not in the schema`),
  ];
  throw new ApusError("APUS_PARAMETER_MISMATCH", `${where}: ${wrong.join("; ")}.`);
}
