/** The answer with an open file: 200, 206, 304, 412 or 416, as method, conditions and ranges want it (RFC 9110 §13, §14). */

import { randomUUID } from "node:crypto";
import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import { checkPrecondition } from "../middleware/precondition.ts";
import type { RequestContext } from "../operation/request-context.ts";
import { parseByteRanges, type ByteRange } from "./byte-ranges.ts";
import { readPieces, type Piece } from "./file-pieces.ts";
import { allowsParts, findHeld, readVersion, type FileVersion, type TagSource } from "./file-version.ts";
import type { OpenFile } from "./open-file.ts";

/** A file and how it is to be sent. */
export interface FileAnswer extends TagSource {
  readonly file: OpenFile;
  readonly type: string;
  /** Lines of the answer, a 304 included; the file's own lines of these names are left out. */
  readonly headers: readonly HeaderLine[];
  /** Lines about the content, which a 304 has none of. */
  readonly contentHeaders?: readonly HeaderLine[];
}

/**
 * Answers with the file, and closes it, whatever becomes of the answer.
 * @throws HttpError 412, 416
 */
export async function buildFileResponse(context: RequestContext, answer: FileAnswer): Promise<HttpResponse> {
  const { file } = answer;
  try {
    const response = await decide(context.request, answer);
    // Middleware may put another answer in the place of this one, and never read it.
    if (isStream(response)) context.onFinished(() => file.close());
    else void file.close();
    return response;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isStream({ body }: HttpResponse): boolean {
  return body !== null && typeof body === "object" && !(body instanceof Uint8Array);
}

async function decide(request: HttpRequest, answer: FileAnswer): Promise<HttpResponse> {
  const { file } = answer;
  const version = readVersion(file, answer);
  const lines = buildLines(answer, version);
  const isGet = request.method === "GET";
  if (!isGet && request.method !== "HEAD") return buildWhole(answer, lines);
  checkPrecondition(request, { etag: version.etag, lastModified: new Date(file.modified) });
  const held = findHeld(request, version);
  if (held !== undefined) return buildNotModified(answer, version, held.etag);
  const wanted = isGet ? readRanges(request, version, file.size) : undefined;
  if (wanted !== undefined) return buildParts(answer, lines, wanted);
  if (isGet) return buildWhole(answer, lines);
  return { status: 200, headers: [...lines, typeOf(answer), ["content-length", String(file.size)]], body: null };
}

/** Ranges are of GET alone (RFC 9110 §14.2). @throws HttpError 416 */
function readRanges(request: HttpRequest, version: FileVersion, size: number): readonly ByteRange[] | undefined {
  const field = request.headers.get("range");
  if (field === undefined || !allowsParts(request, version)) return undefined;
  const ranges = parseByteRanges(field, size);
  if (ranges === undefined || ranges.length > 0) return ranges;
  const headers = { "content-range": `bytes */${size}` };
  throw new HttpError(416, { detail: `There are ${size} bytes, and none of them is in the range.` }, { headers });
}

/** A type that follows from a name must not be guessed anew from the content. */
const fixedLines: readonly HeaderLine[] = [
  ["accept-ranges", "bytes"],
  ["x-content-type-options", "nosniff"],
];

function buildLines(answer: FileAnswer, version: FileVersion): readonly HeaderLine[] {
  const own = versionLines(version, version.etag);
  return dropNamed([...fixedLines, ...own, ...(answer.contentHeaders ?? [])], answer.headers);
}

function versionLines({ lastModified }: FileVersion, etag: string | undefined): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  if (etag !== undefined) lines.push(["etag", etag]);
  if (lastModified !== undefined) lines.push(["last-modified", new Date(lastModified).toUTCString()]);
  return lines;
}

/** What the developer says wins. */
function dropNamed(own: readonly HeaderLine[], given: readonly HeaderLine[]): readonly HeaderLine[] {
  const names = new Set(given.map(([name]) => name));
  return [...own.filter(([name]) => !names.has(name)), ...given];
}

function typeOf({ type }: FileAnswer): HeaderLine {
  return ["content-type", type];
}

/** A cache that has the tag needs no date beside it. */
function buildNotModified(answer: FileAnswer, version: FileVersion, etag: string | undefined): HttpResponse {
  const own = versionLines(etag === undefined ? version : { ...version, lastModified: undefined }, etag);
  return { status: 304, headers: dropNamed(own, answer.headers), body: null };
}

async function buildWhole(answer: FileAnswer, lines: readonly HeaderLine[]): Promise<HttpResponse> {
  const { file } = answer;
  const body = await readPieces(file, [{ start: 0, length: file.size }]);
  return { status: 200, headers: [...lines, typeOf(answer)], body };
}

async function buildParts(
  answer: FileAnswer,
  lines: readonly HeaderLine[],
  ranges: readonly ByteRange[],
): Promise<HttpResponse> {
  const { file } = answer;
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) {
    const headers: HeaderLine[] = [...lines, typeOf(answer), ["content-range", describeRange(only, file.size)]];
    return { status: 206, headers, body: await readPieces(file, [only]) };
  }
  // Nobody can have written it into the file before.
  const boundary = randomUUID();
  const pieces: Piece[] = [];
  for (const range of ranges) {
    const separator = pieces.length === 0 ? "--" : "\r\n--";
    const fields = `content-type: ${answer.type}\r\ncontent-range: ${describeRange(range, file.size)}`;
    pieces.push(Buffer.from(`${separator}${boundary}\r\n${fields}\r\n\r\n`, "latin1"), range);
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  const type: HeaderLine = ["content-type", `multipart/byteranges; boundary=${boundary}`];
  return { status: 206, headers: [...lines, type], body: await readPieces(file, pieces) };
}

function describeRange({ start, length }: ByteRange, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`;
}
