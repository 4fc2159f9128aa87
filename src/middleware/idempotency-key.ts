/** Reads an idempotency key and tells requests apart: what a store is asked with are hashes of both. */

import { createHash, hash } from "node:crypto";
import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";

const maxKeyLength = 255;

/**
 * The key without quotes: the draft wants it as a quoted string, most clients send it bare.
 * Visible ASCII without quotes, commas and backslashes; a field that was sent twice has a comma in it.
 * @throws HttpError 400
 */
export function readKey(field: string, header: string): string {
  const isQuoted = field.length > 1 && field.startsWith('"') && field.endsWith('"');
  const key = isQuoted ? field.slice(1, -1) : field;
  if (key.length > maxKeyLength || !/^[!#-+\--[\]-~]+$/.test(key)) {
    const detail = `${header} must be one key of 1 to ${maxKeyLength} visible ASCII characters without quotes, commas and backslashes.`;
    throw new HttpError(400, { detail });
  }
  return key;
}

/** Who a key belongs to when nobody said otherwise: whoever has these credentials. */
export function readCredentials(request: HttpRequest): string {
  return request.headers.get("authorization") ?? "";
}

/** What a store knows a key by: neither credentials nor keys are kept in clear. */
export function hashKey(scope: string, key: string): string {
  return hash("sha256", JSON.stringify([scope, key]), "base64url");
}

/**
 * What the request is about: method, path, query, content type and content. Without `authorization` the cookies belong to
 * it: they may be somebody's session, whose answers are nobody else's; and as they may change, a key must not be free for
 * a second run with others.
 */
export function hashRequest(request: HttpRequest, content: Uint8Array, isScoped: boolean): string {
  const { method, mountPath, path, query, headers } = request;
  const isNamed = isScoped || headers.get("authorization") !== undefined;
  const cookies = isNamed ? "" : (headers.get("cookie") ?? "");
  const words = [method, `${mountPath}${path}`, query, headers.get("content-type") ?? "", cookies];
  return createHash("sha256").update(JSON.stringify(words)).update(content).digest("base64url");
}
