/** Compresses answers in the coding that the client likes best: whole ones in the thread pool, streams piece by piece. */

import type { HttpRequest } from "../http/http-request.ts";
import type { HeaderLine, HttpResponse, ResponseBody } from "../http/http-response.ts";
import { releaseBody } from "../http/abandon-response.ts";
import { chooseCoding, type ContentCoding } from "./accept-encoding.ts";
import { isCompressible } from "./compressible.ts";
import { buildEncoder, levelRanges, type ContentEncoder } from "./content-encoder.ts";
import { encodeStream } from "./encoded-stream.ts";
import type { Middleware } from "./middleware.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { dropFields } from "./response-fields.ts";
import { appendVary } from "./vary.ts";

export type { ContentCoding } from "./accept-encoding.ts";

export interface CompressionOptions {
  /** What may be used; the earlier one when the client likes two equally. Default `["br", "zstd", "gzip"]`. */
  readonly codings?: readonly ContentCoding[];
  /** Bytes from which on a whole body is compressed; 1,024 by default. Streams always are. */
  readonly threshold?: number;
  /** Level of each coding: br 0–11 (4), zstd 1–19 (3), gzip and deflate 1–9 (6). */
  readonly levels?: Readonly<Partial<Record<ContentCoding, number>>>;
  /** Says which of the answers that can be compressed are; called for no other. */
  readonly filter?: (request: HttpRequest, response: HttpResponse) => boolean;
}

const allCodings = Object.keys(levelRanges) as readonly ContentCoding[];
const optionNames: readonly string[] = [
  "codings",
  "threshold",
  "levels",
  "filter",
] satisfies readonly (keyof CompressionOptions)[];

const varyNames: readonly string[] = ["Accept-Encoding"];

/** Fields of an answer that are no longer true when its content is encoded. */
const outdatedFields: ReadonlySet<string> = new Set(["content-length", "accept-ranges"]);

/**
 * Compresses what `accept-encoding` and the answer's type allow, and adds `vary: Accept-Encoding` where it does not, too.
 * @throws ApusError APUS_BAD_OPTION
 */
export function compression(options: CompressionOptions = {}): Middleware {
  checkOptions(options);
  const { codings = ["br", "zstd", "gzip"], threshold = 1_024, levels = {}, filter } = options;
  const encoders = new Map<string, ContentEncoder>(
    codings.map((coding) => [coding, buildEncoder(coding, levels[coding] ?? levelRanges[coding].usual)]),
  );
  return async (request, next) => {
    const response = await next();
    if (response.status === 304) return { ...response, headers: appendVary(response.headers, varyNames) };
    if (!isCompressible(response, threshold) || filter?.(request, response) === false) return response;
    const coding = chooseCoding(request.headers.get("accept-encoding"), codings);
    const encoder = encoders.get(coding ?? "");
    if (coding === undefined || encoder === undefined) {
      return { ...response, headers: appendVary(response.headers, varyNames) };
    }
    const body = await encodeBody(request, response.body, encoder);
    if (body === undefined) return response;
    return { ...response, headers: buildHeaders(response.headers, coding), body };
  };
}

/** Undefined when the encoder failed: then the content leaves as it is, which is always allowed. */
async function encodeBody(
  request: HttpRequest,
  body: ResponseBody,
  encoder: ContentEncoder,
): Promise<ResponseBody | undefined> {
  if (body === null) return undefined;
  if (request.method === "HEAD") {
    // The length of what a GET would get is not known: a stream has none.
    releaseBody(body);
    return emptyStream();
  }
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return encodeStream(body, () => encoder.open());
  return encoder.encode(body).catch(() => undefined);
}

async function* emptyStream(): AsyncIterable<Uint8Array> {}

function buildHeaders(lines: readonly HeaderLine[], coding: ContentCoding): readonly HeaderLine[] {
  const kept = dropFields(lines, outdatedFields).map((line) =>
    line[0].toLowerCase() === "etag" ? weaken(line) : line,
  );
  return [...appendVary(kept, varyNames), ["content-encoding", coding]];
}

/** A strong tag promises the same bytes (RFC 9110 §8.8.1), and these are others. */
function weaken([name, value]: HeaderLine): HeaderLine {
  return [name, value.startsWith("W/") ? value : `W/${value}`];
}

function checkOptions(options: CompressionOptions): void {
  const check = new CheckedOptions("compression", options, optionNames);
  check.whole("threshold", 0);
  check.kind("filter", "function");
  const { codings, levels } = options;
  const isListed =
    codings === undefined ||
    (Array.isArray(codings) && codings.length > 0 && codings.every((coding) => allCodings.includes(coding)));
  if (!isListed) check.refuse("codings", `a list of ${allCodings.join(", ")}, at least one of them`);
  if (levels === undefined) return;
  const checkLevel = new CheckedOptions("compression", levels, allCodings);
  for (const [coding, { lowest, highest }] of Object.entries(levelRanges)) checkLevel.whole(coding, lowest, highest);
}
