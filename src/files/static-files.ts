/** `staticFiles()`: a handler that answers with the files of a folder, for a route whose path parameter names them. */

import { HttpError } from "../errors/http-error.ts";
import { decodePercent } from "../http/percent-decoding.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import { chooseCoding, type ContentCoding } from "../middleware/accept-encoding.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { isCompressible } from "../middleware/compressible.ts";
import { appendVary } from "../middleware/vary.ts";
import { Reply, type HeaderFields } from "../operation/reply.ts";
import type { RequestContext } from "../operation/request-context.ts";
import { findContentType } from "./content-types.ts";
import { acceptsPages } from "./accept-pages.ts";
import { buildFileResponse } from "./file-response.ts";
import type { OpenFile } from "./open-file.ts";
import { readOwnLines } from "./own-lines.ts";
import { StaticFolder } from "./static-folder.ts";
import { parseNames, parseStaticPath, type StaticPath } from "./static-path.ts";

export interface StaticFilesOptions {
  /** The file that stands for its folder: "index.html" by default, false for none. */
  readonly index?: string | false;
  /** The page of this folder that answers where there is no file, to clients that ask for a page: for single-page apps. */
  readonly fallback?: string;
  /** Whether names that begin with a dot are found, beside `.well-known`, which always is. Default "ignore". */
  readonly dotfiles?: "ignore" | "allow";
  /** Seconds that clients may use a file without asking again; index and fallback are always asked for. Default 0. */
  readonly maxAge?: number;
  /** Says that a file never changes under its name. Default false. */
  readonly immutable?: boolean;
  /** Codings of which there may be files beside the plain ones: `app.js.br`, `.zst`, `.gz`. Default none. */
  readonly precompressed?: readonly ("br" | "zstd" | "gzip")[];
  /** Lines of every answer with a file, in the place of its own of these names. */
  readonly headers?: HeaderFields;
  /** Whether links are followed as long as they stay in the folder. Default "inside". */
  readonly symlinks?: "inside" | "refuse";
}

/** What the handler takes of its input: the parameter `path`; without it the folder itself is meant. */
export interface StaticFilesInput {
  readonly path: { readonly path?: string };
}

const optionNames: readonly string[] = [
  "index",
  "fallback",
  "dotfiles",
  "maxAge",
  "immutable",
  "precompressed",
  "headers",
  "symlinks",
] satisfies readonly (keyof StaticFilesOptions)[];

const endings: Readonly<Record<string, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };

/**
 * Answers with the files of a folder: `app.get("/assets/{path:path}", staticFiles(new URL("./public/", import.meta.url)))`,
 * and, for the folder's own index, `app.get("/assets/", …)` with the same handler.
 * @throws ApusError APUS_BAD_OPTION, APUS_INVALID_HEADER
 */
export function staticFiles(
  folder: string | URL,
  options: StaticFilesOptions = {},
): (input: StaticFilesInput) => Reply {
  checkOptions(options);
  const files = new StaticFiles(folder, options);
  return ({ path }) => new Reply(200, { kind: "lazy", respond: (context) => files.answer(context, path.path) });
}

/** What was found for a request. */
interface Found {
  readonly file: OpenFile;
  readonly type: string;
  readonly coding: ContentCoding | undefined;
  readonly headers: readonly HeaderLine[];
}

class StaticFiles {
  readonly #folder: StaticFolder;
  readonly #index: string | undefined;
  readonly #fallback: readonly string[] | undefined;
  readonly #codings: readonly ContentCoding[];
  readonly #lines: readonly HeaderLine[];
  readonly #cacheLine: HeaderLine;

  constructor(folder: string | URL, options: StaticFilesOptions) {
    const { index = "index.html", fallback, dotfiles = "ignore", symlinks = "inside" } = options;
    const { maxAge = 0, immutable = false, precompressed = [], headers = {} } = options;
    this.#folder = new StaticFolder(folder, { dotfiles, symlinks });
    this.#index = index === false ? undefined : index;
    this.#fallback = fallback?.split("/");
    this.#codings = precompressed;
    this.#lines = readOwnLines("staticFiles", { headers });
    this.#cacheLine = maxAge === 0 ? pageLine : ["cache-control", `max-age=${maxAge}${immutable ? ", immutable" : ""}`];
  }

  async answer(context: RequestContext, parameter: string | undefined): Promise<HttpResponse> {
    const { request } = context;
    const path = parseStaticPath(parameter, request.path);
    if (path === undefined) throw this.#notFound();
    const found = await this.#find(request, path);
    if (found === undefined) return this.#answerMissing(context);
    return found === "folder" ? redirectToFolder(request) : this.#send(context, found);
  }

  async #find(request: HttpRequest, { names, isFolder }: StaticPath): Promise<Found | "folder" | undefined> {
    if (isFolder) {
      return this.#index === undefined ? undefined : this.#open(request, [...names, this.#index], pageLine);
    }
    const found = await this.#open(request, names, this.#cacheLine);
    if (found === undefined || !found.file.isFolder) return found;
    await found.file.close();
    return this.#index === undefined ? undefined : "folder";
  }

  /** The coding that the client likes best of those that there are. */
  async #open(request: HttpRequest, names: readonly string[], cacheLine: HeaderLine): Promise<Found | undefined> {
    const type = findContentType(names.at(-1) ?? "");
    const codings = isWorthCoding(type) ? this.#codings : [];
    const vary = codings.length > 0 ? ["Accept-Encoding"] : [];
    const headers = appendVary([cacheLine], vary);
    const field = request.headers.get("accept-encoding");
    let rest = codings;
    for (let coding = chooseCoding(field, rest); coding !== undefined; coding = chooseCoding(field, rest)) {
      const file = await this.#folder.open(withEnding(names, endings[coding] ?? ""));
      if (file !== undefined && !file.isFolder) return { file, type, coding, headers };
      await file?.close();
      const missing = coding;
      rest = rest.filter((other) => other !== missing);
    }
    const file = await this.#folder.open(names);
    return file === undefined ? undefined : { file, type, coding: undefined, headers };
  }

  async #answerMissing(context: RequestContext): Promise<HttpResponse> {
    const { request } = context;
    if (this.#fallback === undefined || !acceptsPages(request.headers.get("accept"))) throw this.#notFound();
    const found = await this.#open(request, this.#fallback, pageLine);
    if (found?.file.isFolder === false) {
      return this.#send(context, { ...found, headers: appendVary(found.headers, ["Accept"]) });
    }
    await found?.file.close();
    throw this.#notFound();
  }

  #send(context: RequestContext, { file, type, coding, headers }: Found): Promise<HttpResponse> {
    const contentHeaders: readonly HeaderLine[] = coding === undefined ? [] : [["content-encoding", coding]];
    const names = new Set(this.#lines.map(([name]) => name));
    const own = headers.filter(([name]) => name === "vary" || !names.has(name));
    return buildFileResponse(context, { file, type, coding, headers: [...own, ...this.#lines], contentHeaders });
  }

  #notFound(): HttpError {
    const headers = this.#fallback === undefined ? {} : { vary: "Accept" };
    return new HttpError(404, { detail: "There is no such file." }, { headers });
  }
}

/** May be kept, and is asked for each time: what a name without a version in it needs. */
const pageLine: HeaderLine = ["cache-control", "no-cache"];

function withEnding(names: readonly string[], ending: string): readonly string[] {
  return [...names.slice(0, -1), `${names.at(-1) ?? ""}${ending}`];
}

function isWorthCoding(type: string): boolean {
  return isCompressible({ status: 200, headers: [["content-type", type]], body: "" }, 0);
}

/** Relative to the path that was asked for: that leads to no other host, and holds behind a proxy's prefix. */
function redirectToFolder({ path, query }: HttpRequest): HttpResponse {
  const name = decodePercent(path.slice(path.lastIndexOf("/") + 1)) ?? "";
  const location = `./${encodeURIComponent(name)}/${query === "" ? "" : `?${query}`}`;
  return { status: 308, headers: [["location", location], pageLine], body: null };
}

function checkOptions(options: StaticFilesOptions): void {
  const check = new CheckedOptions("staticFiles", options, optionNames);
  const { index, fallback, precompressed } = options;
  const isName =
    index === undefined || index === false || (typeof index === "string" && parseNames(index)?.names.length === 1);
  if (!isName || (typeof index === "string" && index.endsWith("/"))) check.refuse("index", "a file's name, or false");
  if (fallback !== undefined && (typeof fallback !== "string" || parseNames(fallback)?.isFolder !== false)) {
    check.refuse("fallback", "the path of a file below the folder");
  }
  check.oneOf("dotfiles", ["ignore", "allow"]);
  check.oneOf("symlinks", ["inside", "refuse"]);
  check.whole("maxAge", 0, 31_536_000);
  check.kind("immutable", "boolean");
  const isListed =
    precompressed === undefined ||
    (Array.isArray(precompressed) && precompressed.every((coding) => Object.hasOwn(endings, coding)));
  if (!isListed) check.refuse("precompressed", `a list of ${Object.keys(endings).join(", ")}`);
}
