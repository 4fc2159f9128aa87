/** Describes one operation as an OpenAPI operation object. */

import { STATUS_CODES } from "node:http";
import { titleOf } from "../errors/problem.ts";
import type { CompiledOperation, CompiledResponse } from "../operation/compile-operation.ts";
import type { OperationOptions } from "../operation/operation.ts";
import { hasNoContent } from "../operation/to-response.ts";
import type { FormatStep } from "../parameters/compile-body-format.ts";
import { formMediaType, multipartMediaType } from "../parameters/read-body.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { describeForm } from "./describe-form.ts";
import { describeParameters } from "./describe-parameters.ts";
import { describeSecurity, type SecurityRequirement } from "./describe-security.ts";
import { toTitle } from "./name-words.ts";
import type {
  MediaTypeObject,
  MediaTypes,
  OperationObject,
  RequestBodyObject,
  ResponseObject,
} from "./openapi-document.ts";
import { copyPlain, mergePlain, type PlainRecord } from "./plain-data.ts";
import { listBodyParts, type OperationPlan } from "./plan-operation.ts";
import type { ProblemComponents } from "./problem-components.ts";
import type { SchemaComponents } from "./schema-components.ts";

/** Where the schemas of a document are. */
export interface DescribePlace {
  readonly components: SchemaComponents;
  readonly problems: ProblemComponents;
}

/** The operation object, the developer's `extra` merged in. */
export function describeOperation(plan: OperationPlan, place: DescribePlace): OperationObject {
  const { placed, operationId } = plan;
  const { compiled, tags, deprecated } = placed.documented;
  const { options } = compiled;
  const description = describeWords(options, placed.rivals);
  const parameters = describeParameters(plan.parameters, place.components);
  const requestBody = describeBody(plan, place);
  const security = describeSecurity(compiled);
  const described: OperationObject = {
    ...(tags.length === 0 ? {} : { tags }),
    summary: options.summary ?? toTitle(operationId),
    ...(description === "" ? {} : { description }),
    ...(options.externalDocs === undefined ? {} : { externalDocs: options.externalDocs }),
    operationId,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: describeResponses(compiled, place, security),
    ...(security === undefined ? {} : { security }),
    ...(options.callbacks === undefined ? {} : { callbacks: options.callbacks }),
    ...(deprecated || options.deprecated === true ? { deprecated: true } : {}),
  };
  const what = `extra of ${compiled.operation.method} ${compiled.template.source} at ${compiled.operation.declaredAt}`;
  return mergeExtra(described, options.extra, what);
}

/** An operation object with the developer's own members over it. */
export function mergeExtra<T>(described: T, extra: PlainRecord | undefined, what: string): T {
  return extra === undefined ? described : (mergePlain(described, copyPlain(extra, what)) as T);
}

function describeWords({ description = "" }: OperationOptions, rivals: readonly string[]): string {
  const lines = rivals.map(
    (template) => `\`${template}\` is another operation of this method; OpenAPI cannot tell the two paths apart.`,
  );
  return [description, ...lines].filter((line) => line !== "").join("\n\n");
}

function describeBody({ placed, isBodyRequired }: OperationPlan, place: DescribePlace): RequestBodyObject | undefined {
  const { form, format, options } = placed.documented.compiled;
  const examples = Object.entries(options.examples ?? {}).map(([name, value]) => [name, { value }] as const);
  const shown = examples.length === 0 ? {} : { examples: Object.fromEntries(examples) };
  const required = isBodyRequired ? { required: true } : {};
  if (format !== undefined) return { ...required, content: describeFormat(format, shown, place) };
  const parts = listBodyParts(placed.documented.compiled);
  const [first] = parts;
  const uploads = form?.plan.uploads;
  const isUpload = uploads !== undefined && uploads.size > 0;
  if (first === undefined && !isUpload) return undefined;
  const media: MediaTypeObject = {
    ...(isUpload
      ? describeForm({ parts, uploads }, place.components)
      : { schema: joinSchemas(parts.map(({ schema }) => place.components.describe(schema, "input"))) }),
    ...shown,
  };
  const mediaType = isUpload ? multipartMediaType : first?.place === "form" ? formMediaType : "application/json";
  return { ...required, content: { [mediaType]: media } };
}

/** `format` is the word that tools look for; OpenAPI 3.1 has no word for items, `itemSchema` is one from 3.2 on. */
function describeFormat(
  { mediaTypes = ["application/octet-stream"], row, limit }: FormatStep,
  shown: MediaTypeObject,
  { components }: DescribePlace,
): MediaTypes {
  const media: MediaTypeObject =
    row === undefined
      ? { schema: { type: "string", format: "binary", maxLength: limit } }
      : { schema: { type: "string" }, "x-itemSchema": components.describe(row, "input") };
  return Object.fromEntries(mediaTypes.map((type) => [type, { ...media, ...shown }]));
}

function joinSchemas(schemas: readonly JsonSchema[]): JsonSchema {
  return schemas.length === 1 ? (schemas[0] as JsonSchema) : { allOf: schemas };
}

function describeResponses(
  compiled: CompiledOperation,
  place: DescribePlace,
  security: readonly SecurityRequirement[] | undefined,
): Readonly<Record<string, ResponseObject>> {
  const { options, responses, errors } = compiled;
  const described: Record<number, ResponseObject> = {};
  const hasSuccess = [...responses.keys()].some((status) => status < 400);
  if (options.status !== undefined || !hasSuccess) {
    described[compiled.status] = { description: describeStatus(compiled.status), ...describeStream(compiled, place) };
  }
  if (takesInputs(compiled) && !errors.has(422) && !responses.has(422)) {
    const content = { "application/problem+json": { schema: place.problems.validationProblem } };
    described[422] = { description: describeStatus(422), content };
  }
  for (const status of listRefusals(security)) {
    described[status] = describeError(
      status,
      { description: undefined, mediaType: undefined, schema: undefined },
      place,
    );
  }
  for (const [status, response] of errors) described[status] = describeError(status, response, place);
  for (const [status, response] of responses) described[status] = describeResponse(compiled, [status, response], place);
  return described;
}

/** OpenAPI 3.1 has no word for items; `itemSchema` is one from 3.2 on. */
function describeStream({ stream }: CompiledOperation, { components }: DescribePlace): Pick<ResponseObject, "content"> {
  if (stream === undefined) return {};
  const itemSchema = components.describe(stream.schema, "output");
  const mediaType = stream.kind === "events" ? "text/event-stream" : "application/jsonl";
  return { content: { [mediaType]: { schema: { type: "string" }, "x-itemSchema": itemSchema } } };
}

function describeResponse(
  { operation, options }: CompiledOperation,
  [status, { description, mediaType, schema }]: readonly [number, CompiledResponse],
  { components }: DescribePlace,
): ResponseObject {
  const words = { description: description ?? readDescription(options, status) ?? describeStatus(status) };
  const isEmpty =
    hasNoContent(status) || operation.method === "HEAD" || (schema === undefined && mediaType === undefined);
  if (isEmpty) return words;
  const media: MediaTypeObject = schema === undefined ? {} : { schema: components.describe(schema, "output") };
  return { ...words, content: { [mediaType ?? "application/json"]: media } };
}

/** The words of `responses[status]` beside a `response` of the same status. */
function readDescription({ responses }: OperationOptions, status: number): string | undefined {
  const declared = responses?.[status];
  if (declared === undefined || typeof declared === "string") return declared;
  return "~standard" in declared ? undefined : declared.description;
}

/** A problem document with the members that the declared schema adds. */
function describeError(
  status: number,
  { description = describeStatus(status), mediaType, schema }: CompiledResponse,
  { components, problems }: DescribePlace,
): ResponseObject {
  const own: JsonSchema | undefined = schema === undefined ? undefined : components.describe(schema, "output");
  const media: MediaTypeObject = { schema: own === undefined ? problems.problem : { allOf: [problems.problem, own] } };
  return { description, content: { [mediaType ?? "application/problem+json"]: media } };
}

/** 401 where a scheme is needed, 403 where scopes are asked of it. */
function listRefusals(security: readonly SecurityRequirement[] = []): readonly number[] {
  const isNeeded = security.length > 0;
  const hasScopes = security.some((requirement) => Object.values(requirement).some((scopes) => scopes.length > 0));
  return [...(isNeeded ? [401] : []), ...(hasScopes ? [403] : [])];
}

/** Whether a request can be refused with a 422: a converter that takes every text never does. */
function takesInputs({ parameters, body, form, format, template, dependencies }: CompiledOperation): boolean {
  const isPicky = template.parameters.some(({ converterName }) => converterName !== "str" && converterName !== "path");
  const usesInputs =
    dependencies?.declared.steps.some((step) => step.parameters.length > 0 || step.content !== undefined) === true;
  return (
    isPicky ||
    parameters.length > 0 ||
    body !== undefined ||
    form !== undefined ||
    format?.row !== undefined ||
    usesInputs
  );
}

function describeStatus(status: number): string {
  return status < 400 ? (STATUS_CODES[status] ?? "Success") : titleOf(status);
}
