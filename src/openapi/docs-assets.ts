/** The files of the documentation pages: a closed list, read from the package, sent compressed as they are stored. */

import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";

interface DocsAsset {
  /** Name in `assets/docs/`; one that ends in `.br` is stored compressed. */
  readonly file: string;
  readonly type: string;
}

/**
 * The names under which the pages ask for their files.
 * Each holds the first 8 digits of the SHA-256 of the stored file, because browsers keep what they got for a year.
 */
export const docsAssetNames = {
  swaggerScript: "swagger-ui-bundle-b1eaa47a.js",
  swaggerStyle: "swagger-ui-048df0cd.css",
  swaggerInit: "swagger-init-767f4d18.js",
  oauth2Redirect: "oauth2-redirect-a5c8a34e.js",
  favicon: "favicon-3ed612f4.png",
  redocScript: "redoc.standalone-465023b5.js",
  redocInit: "redoc-init-e93550f8.js",
} as const;

const script = "text/javascript; charset=utf-8";

const assets: ReadonlyMap<string, DocsAsset> = new Map<string, DocsAsset>([
  [docsAssetNames.swaggerScript, { file: "swagger-ui-bundle.js.br", type: script }],
  [docsAssetNames.swaggerStyle, { file: "swagger-ui.css.br", type: "text/css; charset=utf-8" }],
  [docsAssetNames.swaggerInit, { file: "swagger-init.js", type: script }],
  [docsAssetNames.oauth2Redirect, { file: "oauth2-redirect.js", type: script }],
  [docsAssetNames.favicon, { file: "favicon-32x32.png", type: "image/png" }],
  [docsAssetNames.redocScript, { file: "redoc.standalone.js.br", type: script }],
  [docsAssetNames.redocInit, { file: "redoc-init.js", type: script }],
]);

// As source this file is src/openapi/x.ts beside assets/; in the published package it is openapi/x.js, and assets/ one folder up.
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../assets/docs/" : "../assets/docs/", import.meta.url);

const decompress = promisify(brotliDecompress);
const stored = new Map<string, Promise<Uint8Array>>();
const plain = new Map<string, Promise<Uint8Array>>();

/**
 * The response with one file of the documentation pages; `undefined` when `name` is not in the closed list.
 * `acceptEncoding` is the request's field as sent: Brotli goes out as stored to those who accept it.
 */
export async function readDocsAsset(
  name: string,
  acceptEncoding: string | undefined,
): Promise<HttpResponse | undefined> {
  const asset = assets.get(name);
  if (asset === undefined) return undefined;
  const headers: HeaderLine[] = [
    ["content-type", asset.type],
    ["cache-control", "public, max-age=31536000, immutable"],
    ["x-content-type-options", "nosniff"],
  ];
  if (!asset.file.endsWith(".br")) return { status: 200, headers, body: await readStored(asset.file) };
  headers.push(["vary", "accept-encoding"]);
  if (!acceptsBrotli(acceptEncoding)) return { status: 200, headers, body: await readPlain(asset.file) };
  headers.push(["content-encoding", "br"]);
  return { status: 200, headers, body: await readStored(asset.file) };
}

/** Whether an `accept-encoding` field allows Brotli (RFC 9110 §12.5.3); a malformed weight counts as a refusal. */
export function acceptsBrotli(field: string | undefined): boolean {
  if (field === undefined) return false;
  let named: boolean | undefined;
  let any = false;
  for (const member of field.split(",")) {
    const [coding = "", ...parameters] = member.split(";");
    const name = coding.trim().toLowerCase();
    if (name === "br") named = named !== false && isAllowed(parameters);
    else if (name === "*") any = isAllowed(parameters);
  }
  return named ?? any;
}

/** Whether the weight among a coding's parameters is above zero; 1 when there is none. */
function isAllowed(parameters: readonly string[]): boolean {
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    if (equals === -1 || parameter.slice(0, equals).trim().toLowerCase() !== "q") continue;
    const weight = parameter.slice(equals + 1).trim();
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) && Number(weight) > 0;
  }
  return true;
}

function readStored(file: string): Promise<Uint8Array> {
  return remember(stored, file, () => readFile(new URL(file, folder)));
}

function readPlain(file: string): Promise<Uint8Array> {
  return remember(plain, file, async () => decompress(await readStored(file)));
}

/** Keeps what was made for a file; a failure is not kept. */
function remember(
  cache: Map<string, Promise<Uint8Array>>,
  file: string,
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const made = make();
  cache.set(file, made);
  made.catch(() => cache.delete(file));
  return made;
}
