/** Writes the body of a call: JSON, a form, bytes, or rows. Runs in browsers. */

import { encodeJson, encodeRows, type RowFormat, type Rows } from "./encode-rows.ts";

/** What a call sends. */
export interface BodyInput extends Partial<RowFormat> {
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, unknown>>;
}

/** What `fetch` takes, or the pieces of it. */
export interface EncodedBody {
  readonly content: string | Uint8Array<ArrayBuffer> | Blob | FormData | URLSearchParams | AsyncIterable<Uint8Array>;
  /** Undefined where `fetch` finds it out. */
  readonly mediaType: string | undefined;
}

/** Undefined where there is nothing to send. */
export function encodeBody(input: BodyInput): EncodedBody | undefined {
  const { body, form, files, bodyFormat } = input;
  if (body !== undefined) return bodyFormat === undefined ? encodeValue(body) : encodeTable(body, input as RowFormat);
  if (files !== undefined) return { content: encodeForm(form ?? {}, files), mediaType: undefined };
  return form === undefined ? undefined : { content: encodePairs(form), mediaType: undefined };
}

const rowTypes = { "json-lines": "application/jsonl", csv: "text/csv" } as const;

function encodeTable(body: unknown, format: RowFormat): EncodedBody {
  const isRows = typeof body === "object" && body !== null && (Symbol.iterator in body || Symbol.asyncIterator in body);
  const mediaType = rowTypes[format.bodyFormat];
  if (!isRows || mediaType === undefined) {
    throw new TypeError('With bodyFormat "json-lines" or "csv", the body is an iterable of rows.');
  }
  return { content: encodeRows(body as Rows, format), mediaType };
}

const bytesType = "application/octet-stream";

/** Bytes as they are, everything else as JSON. */
function encodeValue(body: unknown): EncodedBody {
  if (body instanceof Blob) return { content: body, mediaType: body.type === "" ? bytesType : body.type };
  if (body instanceof ArrayBuffer) return { content: new Uint8Array(body), mediaType: bytesType };
  if (ArrayBuffer.isView(body)) {
    const bytes = new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength);
    return { content: bytes, mediaType: bytesType };
  }
  if (typeof body === "object" && body !== null) {
    if (body instanceof ReadableStream) return { content: readStream(body), mediaType: bytesType };
    if (Symbol.asyncIterator in body) return { content: body as AsyncIterable<Uint8Array>, mediaType: bytesType };
  }
  return { content: encodeJson(body) ?? "", mediaType: "application/json" };
}

/** Not every browser can iterate a stream. */
async function* readStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Arrays as repeated keys. */
export function encodePairs(values: Readonly<Record<string, unknown>>): URLSearchParams {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const element of Array.isArray(value) ? value : [value]) pairs.append(name, encodeScalar(element));
  }
  return pairs;
}

/** Fields before files, so that they are checked before a file is received; objects as JSON parts. */
function encodeForm(fields: NonNullable<BodyInput["form"]>, files: NonNullable<BodyInput["files"]>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    for (const element of Array.isArray(value) ? value : [value]) {
      const isObject = typeof element === "object" && element !== null && !(element instanceof Date);
      if (isObject) form.append(name, new Blob([JSON.stringify(element)], { type: "application/json" }));
      else form.append(name, encodeScalar(element));
    }
  }
  for (const [name, value] of Object.entries(files)) {
    if (value === undefined) continue;
    for (const file of Array.isArray(value) ? value : [value]) form.append(name, file as Blob);
  }
  return form;
}

export function encodeScalar(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}
