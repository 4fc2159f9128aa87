/** From what a handler returned to a response: status, validated and stripped JSON, headers. */

import { ApusError } from "../errors/apus-error.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import type { Schema, SchemaIssue } from "../schema/schema.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import { encodeJson } from "./encode-json.ts";
import { Reply } from "./reply.ts";
import type { RequestContext } from "./request-context.ts";

const jsonHeader: HeaderLine = ["content-type", "application/json"];

/**
 * The response to a returned value. `operation` is undefined for the answer of an error handler, which nothing validates.
 * @throws ApusError APUS_INVALID_RESPONSE when the value does not fit its schema, APUS_UNSERIALIZABLE when JSON cannot carry it.
 */
export async function toResponse(
  operation: CompiledOperation | undefined,
  context: RequestContext,
  value: unknown,
): Promise<HttpResponse> {
  const chosen = context.touchedResponse?.status;
  const lines = context.closeResponse();
  if (value instanceof Response) return convertResponse(value, lines);
  if (value instanceof Reply) return convertReply(operation, value, lines);
  const declared = chosen ?? operation?.status ?? 200;
  if (value === undefined && findSchema(operation, declared) === undefined) {
    const status = chosen ?? operation?.options.status ?? 204;
    return { status, headers: lines, body: null };
  }
  return buildJson(operation, { status: declared, value, lines });
}

/** A JSON answer on its way. `lines` are the headers beside the content type. */
interface JsonAnswer {
  readonly status: number;
  readonly value: unknown;
  readonly lines: readonly HeaderLine[];
}

/** The schema of a status; a success that declares none has that of the plain value, so that nothing leaves unstripped. */
function findSchema(operation: CompiledOperation | undefined, status: number): Schema | undefined {
  const declared = operation?.responses.get(status) ?? operation?.errors.get(status);
  if (declared?.schema !== undefined || status >= 300) return declared?.schema;
  return operation?.responses.get(operation.status)?.schema;
}

async function buildJson(operation: CompiledOperation | undefined, answer: JsonAnswer): Promise<HttpResponse> {
  const { status, lines } = answer;
  if (hasNoContent(status)) return { status, headers: lines, body: null };
  const where = `${operation?.operation.method ?? ""} ${operation?.template.source ?? "an error handler"}`.trim();
  const schema = findSchema(operation, status);
  const value = schema === undefined ? answer.value : await validate(schema, answer.value, where);
  const isTyped = lines.some(([name]) => name === "content-type");
  return { status, headers: isTyped ? lines : [jsonHeader, ...lines], body: encode(value, where) };
}

function convertReply(
  operation: CompiledOperation | undefined,
  { status, content, headers }: Reply,
  lines: readonly HeaderLine[],
): HttpResponse | Promise<HttpResponse> {
  const own = [...lines, ...headers];
  if (content.kind === "value") return buildJson(operation, { status, value: content.value, lines: own });
  const typed = content.mediaType === undefined || own.some(([name]) => name === "content-type");
  const type: readonly HeaderLine[] = typed ? [] : [["content-type", content.mediaType]];
  return { status, headers: [...type, ...own], body: hasNoContent(status) ? null : content.content };
}

function convertResponse(response: Response, lines: readonly HeaderLine[]): HttpResponse {
  if (response.bodyUsed || response.body?.locked === true || response.status === 0)
    throw new ApusError(
      "APUS_INVALID_RESPONSE",
      "A Response was returned whose body is read or locked already, or that is a network error.",
    );
  const headers: HeaderLine[] = [...response.headers].map(([name, value]) => [name, value]);
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null;
  return { status: response.status, headers: [...headers, ...lines], body };
}

async function validate(schema: Schema, value: unknown, where: string): Promise<unknown> {
  const result = await schema.validate(value);
  if (result.issues === undefined) return result.value;
  throw new ApusError(
    "APUS_INVALID_RESPONSE",
    `${where} returned what its response schema refuses: ${list(result.issues)}`,
  );
}

function list(issues: readonly SchemaIssue[]): string {
  return issues.map(({ path, message }) => `at /${path.join("/")}: ${message}`).join("; ");
}

function encode(value: unknown, where: string): string {
  try {
    return encodeJson(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApusError("APUS_UNSERIALIZABLE", `${where} returned what JSON cannot carry: ${why}`, { cause });
  }
}

/** Statuses whose answers never have content (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
export function hasNoContent(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
