/** The pages that every app brings: the OpenAPI document, its two readers, liveness and readiness. */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { loopGuardReport } from "../guard/loop-guard.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { readDocsAsset } from "../openapi/docs-assets.ts";
import {
  buildOauth2RedirectPage,
  buildRedocPage,
  buildSwaggerPage,
  type DocsPageOptions,
} from "../openapi/docs-page.ts";
import type { RequestContext } from "../operation/request-context.ts";
import type { ReadinessChecks, ReadinessOptions } from "./readiness-checks.ts";

/** Where the documentation is served; false turns a page off. */
export interface DocsOptions {
  /** "/openapi.json" by default. Without it there are no pages either. */
  readonly openapi?: string | false;
  /** Swagger UI: "/docs" by default. */
  readonly swagger?: string | false;
  /** ReDoc: "/redoc" by default. */
  readonly redoc?: string | false;
  /** The AsyncAPI document of an app with WebSockets: "/asyncapi.json" by default. */
  readonly asyncapi?: string | false;
  /** Passed to Swagger UI's own configuration. */
  readonly swaggerParameters?: Readonly<Record<string, unknown>>;
}

/** Where liveness and readiness are served; false turns one off. */
export interface HealthOptions extends ReadinessOptions {
  /** "/health" by default: 200 while the process answers. */
  readonly live?: string | false;
  /** "/ready" by default: 200 from the end of the start to the beginning of the stop while every check is well, 503 otherwise. */
  readonly ready?: string | false;
  /** Whether "/health" also tells what held the event loop; false by default, since it names files. */
  readonly details?: boolean;
}

export interface BuiltinRoute {
  readonly path: string;
  readonly answer: (context: RequestContext) => HttpResponse | Promise<HttpResponse>;
}

export interface BuiltinParts {
  readonly title: string;
  readonly docs: DocsOptions | false;
  readonly health: HealthOptions | false;
  readonly servers: readonly string[];
  /** The OpenAPI document as text, for an app mounted below `mountPath`. */
  readonly document: (mountPath: string) => string;
  /** The AsyncAPI document as text, likewise; undefined without WebSockets. */
  readonly websockets: ((mountPath: string) => string) | undefined;
  readonly isReady: () => boolean;
  readonly readiness: ReadinessChecks | undefined;
}

export function buildBuiltinRoutes(parts: BuiltinParts): readonly BuiltinRoute[] {
  return [...buildHealthRoutes(parts), ...buildDocsRoutes(parts)];
}

function buildHealthRoutes({ health, isReady, readiness }: BuiltinParts): readonly BuiltinRoute[] {
  if (health === false) return [];
  const { live = "/health", ready = "/ready", details = false } = health;
  const routes: BuiltinRoute[] = [];
  if (live !== false) {
    const answer = (): HttpResponse => buildStatus(200, "ok", details ? { heldSites: loopGuardReport() } : {});
    routes.push({ path: live, answer });
  }
  if (ready !== false) {
    const answer = async (): Promise<HttpResponse> => {
      const failed = isReady() ? await readiness?.run() : undefined;
      // The app may have begun to stop meanwhile.
      if (!isReady()) return buildStatus(503, "not ready");
      return failed === undefined || failed.length === 0
        ? buildStatus(200, "ready")
        : buildStatus(503, "not ready", { failed });
    };
    routes.push({ path: ready, answer });
  }
  return routes;
}

function buildStatus(code: number, status: string, details: object = {}): HttpResponse {
  const headers = [
    ["content-type", "application/json"],
    ["cache-control", "no-store"],
  ] as const;
  return { status: code, headers, body: JSON.stringify({ status, ...details }) };
}

function buildDocsRoutes(parts: BuiltinParts): readonly BuiltinRoute[] {
  if (parts.docs === false || parts.docs.openapi === false) return [];
  const { openapi = "/openapi.json", swagger = "/docs", redoc = "/redoc", asyncapi = "/asyncapi.json" } = parts.docs;
  for (const [name, path] of Object.entries({ openapi, swagger, redoc, asyncapi })) checkPage(name, path);
  const routes: BuiltinRoute[] = [
    { path: openapi, answer: ({ request }) => buildDocument(parts.document(request.mountPath)) },
  ];
  const { websockets } = parts;
  if (asyncapi !== false && websockets !== undefined) {
    routes.push({ path: asyncapi, answer: ({ request }) => buildDocument(websockets(request.mountPath)) });
  }
  if (swagger !== false) {
    const page = buildSwaggerPage(pageOptions(parts, swagger, openapi));
    const oauth2Page = buildOauth2RedirectPage({ assetsUrl: "assets" });
    routes.push({ path: swagger, answer: () => page });
    routes.push({ path: `${swagger}/oauth2-redirect`, answer: () => oauth2Page });
    routes.push(buildAssetRoute(swagger));
  }
  if (redoc !== false) {
    const page = buildRedocPage(pageOptions({ ...parts, docs: {} }, redoc, openapi));
    routes.push({ path: redoc, answer: () => page });
    routes.push(buildAssetRoute(redoc));
  }
  return routes;
}

function checkPage(name: string, path: string | false): void {
  if (path === false || (typeof path === "string" && /^\/[^{}]*[^/{}]$/.test(path))) return;
  const shown = JSON.stringify(path);
  throw new ApusError("APUS_BAD_OPTION", `docs.${name} is a literal path such as "/docs", or false, not ${shown}.`);
}

function buildDocument(body: string): HttpResponse {
  return {
    status: 200,
    headers: [
      ["content-type", "application/json"],
      ["cache-control", "no-cache"],
    ],
    body,
  };
}

/** URLs relative to the page, so that they hold behind a proxy's prefix and below a mount. */
function pageOptions({ title, servers, docs }: BuiltinParts, page: string, openapi: string): DocsPageOptions {
  const name = page.slice(page.lastIndexOf("/") + 1);
  const up = "../".repeat(page.split("/").length - 2);
  const parameters = (docs === false ? undefined : docs.swaggerParameters) ?? {};
  const documentUrl = `${up === "" ? "./" : up}${openapi.slice(1)}`;
  return {
    title,
    documentUrl,
    assetsUrl: `${name}/assets`,
    oauth2RedirectUrl: `${name}/oauth2-redirect`,
    parameters,
    servers,
  };
}

function buildAssetRoute(page: string): BuiltinRoute {
  return {
    path: `${page}/assets/{name}`,
    async answer({ request, path }) {
      const { name } = path as { readonly name: string };
      const asset = await readDocsAsset(name, request.headers.get("accept-encoding"));
      if (asset === undefined) throw new HttpError(404, { detail: "No such asset." });
      return asset;
    },
  };
}
