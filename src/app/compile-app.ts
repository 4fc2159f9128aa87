/** Compiles an app once, when it starts: collects routes, compiles operations, and builds the journey and the document. */

import type { DependencyParts, OperationDependencies } from "../dependencies/compile-dependencies.ts";
import { buildDocument, type OpenApiDocument } from "../openapi/build-document.ts";
import type { ApiDescription } from "../openapi/document-input.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import type { Logger } from "../log/logger.ts";
import type { Operation } from "../operation/operation.ts";
import { OverdueWork } from "../operation/overdue-work.ts";
import type { PathTemplate } from "../routing/path-template.ts";
import { buildBuiltinRoutes, type DocsOptions, type HealthOptions } from "./builtin-routes.ts";
import { collectRoutes, type CollectedRoute } from "./collect-routes.ts";
import { buildTree, compileRoutes, type Mount } from "./compile-routes.ts";
import { compileReadiness } from "./readiness-checks.ts";
import { RequestJourney } from "./request-journey.ts";
import type { AnyRouter } from "./router.ts";
import { buildWebsocketDocument, placeChannels } from "./websocket-document.ts";

export interface AppParts {
  readonly router: AnyRouter;
  readonly mounts: readonly Mount[];
  readonly description: ApiDescription;
  readonly docs: DocsOptions | false;
  readonly health: HealthOptions | false;
  readonly bodyLimit: number;
  readonly dependencies: DependencyParts;
  readonly logger: Logger;
  readonly logRequests: boolean;
  readonly production: boolean;
  readonly isReady: () => boolean;
  readonly stopNotice: StopNotice;
}

export interface CompiledApp {
  readonly journey: RequestJourney;
  readonly document: OpenApiDocument;
  /** In the order of their declaration, those of mounted apps not included. */
  readonly routes: readonly CollectedRoute[];
  /** The full template of each operation; the first one of an operation that is served twice. */
  readonly templates: ReadonlyMap<Operation, PathTemplate>;
  /** Of every route that uses any, and of the readiness checks. */
  readonly dependencies: readonly OperationDependencies[];
}

/** @throws ApusError for whatever is wrong with a declaration, naming its place. */
export async function compileApp(parts: AppParts): Promise<CompiledApp> {
  const { routes, routers, exportedNames } = collectRoutes(parts.router);
  for (const router of routers) router.freeze();
  const { title = "Apus", servers = [] } = parts.description;
  const compiled = await compileRoutes(routes, parts);
  const operations = compiled
    .filter(({ route, websocket }) => !route.hidden && websocket === undefined)
    .map(({ route, compiled: operation }) => ({ compiled: operation, tags: route.tags, deprecated: route.deprecated }));
  const websockets = compiled.flatMap(({ route, compiled: operation, websocket }) =>
    websocket === undefined || route.hidden ? [] : [{ ...route, compiled: operation, websocket }],
  );
  const asyncDocument = await buildWebsocketDocument(parts.description, websockets, exportedNames);
  const document = await buildDocument({ description: parts.description, operations, exportedNames });
  const readiness = parts.health === false ? undefined : await compileReadiness(parts.health, parts);
  const builtins = buildBuiltinRoutes({
    ...parts,
    readiness,
    title,
    servers: servers.map(({ url }) => url),
    document: createDocumentText(document),
    websockets:
      websockets.length === 0 ? undefined : (mountPath) => JSON.stringify(placeChannels(asyncDocument, mountPath)),
  });
  const appErrorHandlers = parts.router.errorHandlers;
  const overdueWork = parts.production ? undefined : OverdueWork.begin(parts.stopNotice);
  const tree = buildTree({ routes: compiled, mounts: parts.mounts, builtins, appErrorHandlers, overdueWork });
  const journey = new RequestJourney({
    tree,
    middleware: parts.router.middleware,
    errorHandlers: appErrorHandlers,
    logger: parts.logger,
    logRequests: parts.logRequests,
    stopNotice: parts.stopNotice,
    overdueWork,
    suggestions: parts.production ? [] : operations.map((operation) => operation.compiled.template.source),
  });
  const templates = new Map<Operation, PathTemplate>();
  for (const { operation, template } of routes) if (!templates.has(operation)) templates.set(operation, template);
  const used = compiled.flatMap(({ compiled: operation }) => operation.dependencies ?? []);
  const dependencies = readiness === undefined ? used : [...used, readiness.dependencies];
  return { journey, document, routes, templates, dependencies };
}

/** The document's text, made once for each place: below a mount the paths begin at the mount, unless servers are given. */
function createDocumentText(document: OpenApiDocument): (mountPath: string) => string {
  const texts = new Map<string, string>();
  return (mountPath) => {
    const place = document.servers === undefined ? mountPath : "";
    const known = texts.get(place);
    if (known !== undefined) return known;
    const text = JSON.stringify(place === "" ? document : { ...document, servers: [{ url: place }] });
    texts.set(place, text);
    return text;
  };
}
