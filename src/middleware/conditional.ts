/** Conditional reads (RFC 9110 §13): an `etag` for whole answers, and 304 to who has the answer already. */

import { hash } from "node:crypto";
import type { HttpRequest } from "../http/http-request.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import { releaseBody } from "../http/abandon-response.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { findWeakly, parseEntityTags } from "./entity-tags.ts";
import { parseHttpDate } from "./http-date.ts";
import type { Middleware } from "./middleware.ts";
import { dropFields, findField } from "./response-fields.ts";

export { checkPrecondition } from "./precondition.ts";
export type { CurrentState } from "./precondition.ts";

export interface ConditionalOptions {
  /** Makes weak tags (`W/"…"`), for answers that mean the same while their bytes differ. Default false. */
  readonly weak?: boolean;
}

/** Fields about content that a 304 does not have (RFC 9110 §15.4.5); the cache has them with the content. */
const contentFields: ReadonlySet<string> = new Set([
  "accept-ranges",
  "content-digest",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-range",
  "content-type",
  "repr-digest",
  "trailer",
]);
const datedFields: ReadonlySet<string> = new Set([...contentFields, "last-modified"]);

/**
 * Tags whole answers of 200 to GET and HEAD, unless the handler has, and answers 304 where the client's copy is the current one.
 * @throws ApusError APUS_BAD_OPTION
 */
export function conditional(options: ConditionalOptions = {}): Middleware {
  const check = new CheckedOptions("conditional", options, ["weak"] satisfies readonly (keyof ConditionalOptions)[]);
  check.kind("weak", "boolean");
  const mark = options.weak === true ? "W/" : "";
  return async (request, next) => {
    const response = await next();
    if ((request.method !== "GET" && request.method !== "HEAD") || response.status !== 200) return response;
    const given = findField(response.headers, "etag");
    const etag = given ?? buildTag(response, mark);
    const known = findKnown(request, response, etag);
    if (known !== undefined) return buildNotModified(response, known.etag);
    if (given !== undefined || etag === undefined) return response;
    return { ...response, headers: [...response.headers, ["etag", etag]] };
  };
}

/** Undefined for streams, and for an answer without content, as that of a HEAD route may be: it says nothing of a GET's. */
function buildTag({ body }: HttpResponse, mark: string): string | undefined {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return undefined;
  // 160 of 256 bits: nobody makes two contents of one tag.
  return `${mark}"${hash("sha256", body, "base64url").slice(0, 27)}"`;
}

/**
 * What the client has, when it is what it would get: with the tag as the client holds it, because a cache only updates
 * what has the tag of the 304. A date is only asked where there is no tag (RFC 9110 §13.2.2).
 */
function findKnown(
  request: HttpRequest,
  response: HttpResponse,
  etag: string | undefined,
): { readonly etag: string | undefined } | undefined {
  const field = request.headers.get("if-none-match");
  if (field === undefined) return isUnmodified(request, response) ? { etag } : undefined;
  const tags = parseEntityTags(field);
  if (tags === "*") return { etag };
  const held = etag === undefined ? undefined : findWeakly(tags, etag);
  return held === undefined ? undefined : { etag: held };
}

function isUnmodified(request: HttpRequest, response: HttpResponse): boolean {
  const since = parseHttpDate(request.headers.get("if-modified-since") ?? "");
  if (since === undefined) return false;
  const modified = parseHttpDate(findField(response.headers, "last-modified") ?? "");
  return modified !== undefined && modified <= since;
}

/** Its date only tells something where there is no tag. */
function buildNotModified(response: HttpResponse, etag: string | undefined): HttpResponse {
  releaseBody(response.body);
  const kept = dropFields(response.headers, etag === undefined ? contentFields : datedFields);
  const headers: HeaderLine[] = kept.filter(([name]) => name.toLowerCase() !== "etag");
  if (etag !== undefined) headers.push(["etag", etag]);
  return { ...response, status: 304, headers, body: null };
}
