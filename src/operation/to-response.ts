/** From what a handler returned to a response: status, validated and stripped JSON, headers. */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import { jsonPointer } from "../parameters/json-pointer.ts";
import type { Schema, SchemaIssue } from "../schema/schema.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import { encodeJson } from "./encode-json.ts";
import { isAsyncItems, isByteStream, openItemStream, sendAsIs, type Items } from "./item-stream.ts";
import { Reply } from "./reply.ts";
import type { RequestContext } from "./request-context.ts";
import { encodeEvent, heartbeat, ServerEvent } from "./server-event.ts";

const jsonHeader: HeaderLine = ["content-type", "application/json"];
const jsonHeaders: readonly HeaderLine[] = [jsonHeader];

/**
 * The response to a returned value. `operation` is undefined for the answer of an error handler, which nothing validates.
 * @throws ApusError APUS_INVALID_RESPONSE when the value does not fit its schema, APUS_UNSERIALIZABLE when JSON cannot carry it.
 */
export function toResponse(
  operation: CompiledOperation | undefined,
  context: RequestContext,
  value: unknown,
): MaybePromise<HttpResponse> {
  const isPlain = !(value instanceof Response || value instanceof Reply);
  if (isPlain && (operation?.stream !== undefined || (isAsyncItems(value) && !isByteStream(value)))) {
    return streamItems(operation, context, value);
  }
  const chosen = context.touchedResponse?.status;
  const lines = context.closeResponse();
  if (value instanceof Response) return convertResponse(value, lines);
  if (value instanceof Reply) return convertReply(operation, value, context);
  const declared = chosen ?? operation?.status ?? 200;
  if (isByteStream(value)) {
    const headers = joinLines(lines, isTyped(lines) ? [] : byteHeaders);
    return openItemStream(value, sendAsIs).then((body) => ({ status: declared, headers, body }));
  }
  if (value === undefined && findSchema(operation, declared) === undefined) {
    const status = chosen ?? operation?.options.status ?? 204;
    return { status, headers: lines, body: null };
  }
  // Whatever its status, a plain value is of the type of `response`, and is stripped by it.
  const schema = findSchema(operation, declared) ?? operation?.responses.get(operation.status)?.schema;
  return buildJson(operation, { status: declared, value, lines, schema });
}

const byteHeaders: readonly HeaderLine[] = [["content-type", "application/octet-stream"]];
const lineHeaders: readonly HeaderLine[] = [["content-type", "application/jsonl"]];
/** No cache and no proxy may hold events back. */
const eventHeaders: readonly HeaderLine[] = [
  ["content-type", "text/event-stream"],
  ["cache-control", "no-cache"],
  ["x-accel-buffering", "no"],
];
/** Milliseconds without an event after which a comment is sent; proxies give up after 30 to 60 s. */
const silence = 15_000;

/** @throws what the source fails with before its first item, so that it still has a status of its own. */
async function streamItems(
  operation: CompiledOperation | undefined,
  context: RequestContext,
  value: unknown,
): Promise<HttpResponse> {
  if (!isItems(value)) {
    const message = `${describePlace(operation)} returned no items: with lines or events the handler is an async function*, or returns an iterable.`;
    throw new ApusError("APUS_INVALID_RESPONSE", message);
  }
  const isEvents = operation?.stream?.kind === "events";
  const schema = operation?.stream?.schema;
  const check = (item: unknown): unknown => (schema === undefined ? item : validate(schema, item, operation));
  const body = await openItemStream(
    value,
    isEvents
      ? {
          encode: (item) => encodeServerEvent(item, check),
          heartbeat,
          silence,
          encodeFailure,
          stopNotice: context.stopNotice,
        }
      : { encode: (item) => chain(check(item), (checked) => `${encode(checked, operation)}\n`) },
  );
  // Until its first item, the source may change the head.
  const status = context.touchedResponse?.status ?? operation?.status ?? 200;
  const lines = joinLines(context.closeResponse(), isEvents ? eventHeaders : lineHeaders);
  return { status, headers: lines, body };
}

function encodeServerEvent(item: unknown, check: (item: unknown) => unknown): unknown {
  if (!(item instanceof ServerEvent)) return chain(check(item), (data) => encodeEvent(data));
  // An event may have nothing but a comment or a time to retry after.
  if (item.data === undefined) return encodeEvent(undefined, item.init);
  return chain(check(item.data), (data) => encodeEvent(data, item.init));
}

/** What a client is told of an error after the first event: as little as of any other one. */
function encodeFailure(error: unknown): string {
  const known = error instanceof HttpError ? error : new HttpError(500);
  return encodeEvent(known.toProblem(), { event: "error" });
}

function isItems(value: unknown): value is Items {
  return isAsyncItems(value) || (typeof value === "object" && value !== null && Symbol.iterator in value);
}

/** A JSON answer on its way. `lines` are the headers beside the content type. */
interface JsonAnswer {
  readonly status: number;
  readonly value: unknown;
  readonly lines: readonly HeaderLine[];
  readonly schema: Schema | undefined;
}

/** The schema of a status; a success that declares none has that of the plain value, so that nothing leaves unstripped. */
function findSchema(operation: CompiledOperation | undefined, status: number): Schema | undefined {
  const declared = operation?.responses.get(status) ?? operation?.errors.get(status);
  if (declared?.schema !== undefined || status >= 300) return declared?.schema;
  return operation?.responses.get(operation.status)?.schema;
}

function buildJson(operation: CompiledOperation | undefined, answer: JsonAnswer): MaybePromise<HttpResponse> {
  const { status, lines, schema } = answer;
  if (hasNoContent(status)) return { status, headers: lines, body: null, finished: undefined };
  const headers = lines.length === 0 ? jsonHeaders : isTyped(lines) ? lines : [jsonHeader, ...lines];
  const build = (value: unknown): HttpResponse => {
    return { status, headers, body: encode(value, operation), finished: undefined };
  };
  return schema === undefined ? build(answer.value) : chain(validate(schema, answer.value, operation), build);
}

function isTyped(lines: readonly HeaderLine[]): boolean {
  return lines.some(([name]) => name === "content-type");
}

/** What is returned has the last word on its content type: two lines of it would leave the choice to the reader. */
function joinLines(lines: readonly HeaderLine[], own: readonly HeaderLine[]): readonly HeaderLine[] {
  if (lines.length === 0) return own;
  const kept = isTyped(own) ? lines.filter(([name]) => name !== "content-type") : lines;
  return [...kept, ...own];
}

function describePlace(operation: CompiledOperation | undefined): string {
  return operation === undefined ? "an error handler" : `${operation.operation.method} ${operation.template.source}`;
}

function convertReply(
  operation: CompiledOperation | undefined,
  { status, content, headers }: Reply,
  context: RequestContext,
): MaybePromise<HttpResponse> {
  const own = joinLines(context.closeResponse(), headers);
  if (content.kind === "lazy") {
    return chain(content.respond(context), (given) => ({ ...given, headers: joinLines(own, given.headers) }));
  }
  if (content.kind === "value") {
    return buildJson(operation, { status, value: content.value, lines: own, schema: findSchema(operation, status) });
  }
  const type = content.mediaType === undefined || isTyped(own) ? undefined : content.mediaType;
  const all: readonly HeaderLine[] = type === undefined ? own : [["content-type", type], ...own];
  return { status, headers: all, body: hasNoContent(status) ? null : content.content };
}

function convertResponse(response: Response, lines: readonly HeaderLine[]): HttpResponse {
  if (response.bodyUsed || response.body?.locked === true || response.status === 0)
    throw new ApusError(
      "APUS_INVALID_RESPONSE",
      "A Response was returned whose body is read or locked already, or that is a network error.",
    );
  const headers: HeaderLine[] = [...response.headers].map(([name, value]) => [name, value]);
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null;
  return { status: response.status, headers: joinLines(lines, headers), body };
}

function validate(schema: Schema, value: unknown, operation: CompiledOperation | undefined): unknown {
  return chain(schema.validate(value), (result) => {
    if (result.issues === undefined) return result.value;
    throw new ApusError(
      "APUS_INVALID_RESPONSE",
      `${describePlace(operation)} returned what its response schema refuses: ${listIssues(result.issues)}`,
    );
  });
}

/** Issues as words for the developer: each with its place as a JSON Pointer. */
export function listIssues(issues: readonly SchemaIssue[]): string {
  return issues.map(({ path, message }) => `at ${path.length === 0 ? "/" : jsonPointer(path)}: ${message}`).join("; ");
}

function encode(value: unknown, operation: CompiledOperation | undefined): string {
  try {
    return encodeJson(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${describePlace(operation)} returned what JSON cannot carry: ${why}`;
    throw new ApusError("APUS_UNSERIALIZABLE", message, { cause });
  }
}

/** Statuses whose answers never have content (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
export function hasNoContent(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
