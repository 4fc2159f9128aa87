/** Says which answers gain from a content coding, and may have one. */

import type { HttpResponse } from "../http/http-response.ts";
import { parseMediaType } from "../http/media-type.ts";
import { trimSpace } from "../http/trim-space.ts";
import { findField } from "./response-fields.ts";

/** Types beside `text/*`, `*+json`, `*+xml` and `*+text` whose content is not compressed already. */
const compressibleTypes: ReadonlySet<string> = new Set([
  "application/geo+json-seq",
  "application/graphql",
  "application/javascript",
  "application/json",
  "application/json-seq",
  "application/jsonl",
  "application/ld+json",
  "application/manifest+json",
  "application/ndjson",
  "application/rtf",
  "application/sql",
  "application/toml",
  "application/vnd.ms-fontobject",
  "application/wasm",
  "application/x-javascript",
  "application/x-ndjson",
  "application/x-www-form-urlencoded",
  "application/xml",
  "application/yaml",
  "font/otf",
  "font/ttf",
  "image/bmp",
  "image/x-icon",
]);

const suffixes: readonly string[] = ["+json", "+xml", "+text", "+yaml"];

/** Fields whose values tell of the bytes as they are: another coding would make a lie of them. */
const bindingFields: readonly string[] = [
  "content-encoding",
  "content-range",
  "content-digest",
  "repr-digest",
  "content-md5",
];

/** Whether a coding may be chosen for this answer; where that is so, it varies with `accept-encoding`. */
export function isCompressible({ status, headers, body }: HttpResponse, threshold: number): boolean {
  if (body === null || status === 204 || status === 205 || status === 206 || status === 304) return false;
  if (isShort(body, threshold)) return false;
  const type = findField(headers, "content-type");
  if (type === undefined || !isCompressibleType(type)) return false;
  if (bindingFields.some((name) => findField(headers, name) !== undefined)) return false;
  return !forbidsTransforming(findField(headers, "cache-control"));
}

/** A stream is never short: its length is not known. */
function isShort(body: NonNullable<HttpResponse["body"]>, threshold: number): boolean {
  if (typeof body === "string") {
    // Most texts are long or short enough to be judged without being measured.
    return body.length < threshold && (body.length * 3 < threshold || Buffer.byteLength(body) < threshold);
  }
  return body instanceof Uint8Array && body.length < threshold;
}

function isCompressibleType(field: string): boolean {
  const essence = parseMediaType(field)?.essence;
  if (essence === undefined) return false;
  if (essence.startsWith("text/") || compressibleTypes.has(essence)) return true;
  return suffixes.some((suffix) => essence.endsWith(suffix));
}

/** RFC 9111 §5.2.2.6. */
function forbidsTransforming(cacheControl: string | undefined): boolean {
  if (cacheControl === undefined) return false;
  return cacheControl.split(",").some((directive) => trimSpace(directive).toLowerCase() === "no-transform");
}
