/** The pages that show an OpenAPI document: Swagger UI and ReDoc, without an inline script and without another origin. */

import { createHash } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { docsAssetNames } from "./docs-assets.ts";

/** What a page needs to know. URLs may be relative to the page, so that it works behind a prefix and mounted. */
export interface DocsPageOptions {
  readonly title: string;
  /** Where the OpenAPI document is. */
  readonly documentUrl: string;
  /** The folder that `readDocsAsset` answers for, on the page's own origin. */
  readonly assetsUrl: string;
  /** Where `buildOauth2RedirectPage` is served; Swagger UI only. */
  readonly oauth2RedirectUrl?: string | undefined;
  /** Settings of Swagger UI or ReDoc, as JSON, over those of Apus; `initOAuth` is handed to Swagger UI's method of that name. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** The servers of the document and, for OAuth 2.0, its token URLs: the page may call the origins of the absolute ones. */
  readonly servers?: readonly string[] | undefined;
}

const swaggerDefaults: Readonly<Record<string, unknown>> = {
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  supportedSubmitMethods: ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"],
  tryItOutEnabled: true,
  validatorUrl: null,
};

const pageStyle = "body { margin: 0; }";
// The second is the hash of an empty style element: ReDoc makes one and fills it by rules, which no policy counts as inline.
const styleSources = ["'self'", hashSource(pageStyle), hashSource("")].join(" ");

const redocDefaults: Readonly<Record<string, unknown>> = { sanitize: true };

/**
 * The page with Swagger UI: reads the document and sends requests to its servers.
 * @throws ApusError APUS_BAD_OPTION when `parameters` is not JSON
 */
export function buildSwaggerPage(options: DocsPageOptions): HttpResponse {
  const asset = createAssetUrl(options.assetsUrl);
  const config = encodeConfig({
    ...swaggerDefaults,
    url: options.documentUrl,
    oauth2RedirectUrl: options.oauth2RedirectUrl,
    ...options.parameters,
  });
  const head = `<link rel="stylesheet" href="${asset(docsAssetNames.swaggerStyle)}">
<link rel="icon" type="image/png" href="${asset(docsAssetNames.favicon)}">
<script defer src="${asset(docsAssetNames.swaggerScript)}"></script>
<script defer src="${asset(docsAssetNames.swaggerInit)}"></script>`;
  return buildPage(buildHtml(options.title, head, config), buildPolicy(options));
}

/**
 * The page with ReDoc: shows the document, sends nothing.
 * @throws ApusError APUS_BAD_OPTION when `parameters` is not JSON
 */
export function buildRedocPage(options: DocsPageOptions): HttpResponse {
  const asset = createAssetUrl(options.assetsUrl);
  const config = encodeConfig({
    ...redocDefaults,
    ...options.parameters,
    // ReDoc reports its use to its makers unless it is told not to: no parameter may bring that back.
    disableTelemetry: true,
    script: `${baseOf(options.assetsUrl)}${docsAssetNames.redocScript}`,
    url: options.documentUrl,
  });
  const head = `<link rel="icon" type="image/png" href="${asset(docsAssetNames.favicon)}">
<link rel="modulepreload" href="${asset(docsAssetNames.redocScript)}">
<script type="module" src="${asset(docsAssetNames.redocInit)}"></script>`;
  return buildPage(buildHtml(options.title, head, config), buildPolicy({ ...options, servers: [] }));
}

/** The page to which an OAuth 2.0 server sends the browser back; it hands the answer to the Swagger UI that opened it. */
export function buildOauth2RedirectPage(options: Pick<DocsPageOptions, "assetsUrl">): HttpResponse {
  const src = createAssetUrl(options.assetsUrl)(docsAssetNames.oauth2Redirect);
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Authorization</title>
<body><script src="${src}"></script></body>
</html>
`;
  return buildPage(
    html,
    "default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
}

function buildHtml(title: string, head: string, config: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
${head}
</head>
<body>
<div id="docs"></div>
<script type="application/json" id="docs-config">${config}</script>
</body>
</html>
`;
}

function buildPage(html: string, policy: string): HttpResponse {
  return {
    status: 200,
    headers: [
      ["content-type", "text/html; charset=utf-8"],
      ["content-security-policy", policy],
      ["cache-control", "no-cache"],
      ["referrer-policy", "no-referrer"],
      // The window of an OAuth provider must find the way back to the page that opened it.
      ["cross-origin-opener-policy", "unsafe-none"],
      ["x-content-type-options", "nosniff"],
    ],
    body: html,
  };
}

/** Neither page needs `eval`, inline code, a worker, or a font or image from elsewhere: the journey test runs them so. */
function buildPolicy({ documentUrl, servers = [] }: DocsPageOptions): string {
  const origins = new Set(["'self'"]);
  for (const url of [documentUrl, ...servers]) {
    const origin = originOf(url);
    if (origin !== undefined) origins.add(origin);
  }
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styleSources}`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src ${[...origins].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

/** What a policy allows one inline element by (CSP 3 §2.3.1). */
function hashSource(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}

/** The origin of an absolute HTTP URL; `undefined` for all else, and for hosts with characters that a policy gives a meaning. */
function originOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) return undefined;
  return /^[a-z0-9.:[\]_-]+$/.test(parsed.host) ? parsed.origin : undefined;
}

function baseOf(assetsUrl: string): string {
  return assetsUrl === "" || assetsUrl.endsWith("/") ? assetsUrl : `${assetsUrl}/`;
}

/** A function from an asset's name to its URL, escaped for an attribute. */
function createAssetUrl(assetsUrl: string): (name: string) => string {
  const base = escapeHtml(baseOf(assetsUrl));
  return (name) => `${base}${name}`;
}

const htmlEscapes: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => htmlEscapes.get(char) ?? "");
}

/** JSON that cannot end its script element: the characters that HTML or old parsers give a meaning are written as `\u…`. */
function encodeConfig(config: Readonly<Record<string, unknown>>): string {
  return stringifyConfig(config).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function stringifyConfig(config: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(config, refuseFunction);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The parameters of a documentation page must be JSON (${reason}): leave out what is not`;
    throw new ApusError("APUS_BAD_OPTION", message, { cause });
  }
}

function refuseFunction(key: string, value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`${key} is a ${typeof value}`);
  return value;
}
