/** The reader of the `authorization` field (RFC 9110 §11.4): the credentials of one scheme. */

import type { RequestHeaders } from "../http/http-request.ts";
import { isSpace, trimSpace } from "../http/trim-space.ts";

/**
 * What follows the scheme's name, which is compared in any case; empty when nothing does.
 * undefined: no credentials, or those of another scheme. "repeated": more than one field line, so that two readers may
 * take different ones.
 */
export function readAuthorization(
  headers: RequestHeaders,
  scheme: string,
): { readonly credentials: string } | "repeated" | undefined {
  const lines = headers.all("authorization");
  const [line] = lines;
  if (line === undefined) return undefined;
  if (lines.length > 1) return "repeated";
  const text = trimSpace(line);
  if (text.length > scheme.length && !isSpace(text.charCodeAt(scheme.length))) return undefined;
  if (text.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return { credentials: trimSpace(text.slice(scheme.length)) };
}

/** Whether text is a token68 (RFC 9110 §11.2), which RFC 6750 calls b64token. */
export function isToken68(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
}
