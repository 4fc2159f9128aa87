/** Compiles collected routes into a route tree: operations, mounted apps, and the app's own pages. */

import type { HttpResponse } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { buildMiddlewareChain, type Answer } from "../middleware/middleware.ts";
import { compileOperation, type CompiledOperation, type OperationDefaults } from "../operation/compile-operation.ts";
import { currentRequest } from "../http/current-request.ts";
import type { OverdueWork } from "../operation/overdue-work.ts";
import { RequestContext } from "../operation/request-context.ts";
import { runOperation } from "../operation/run-operation.ts";
import { builtinConverters } from "../routing/converter.ts";
import { parsePathTemplate } from "../routing/path-template.ts";
import { RouteTree } from "../routing/route-tree.ts";
import { answerError } from "./answer-error.ts";
import type { BuiltinRoute } from "./builtin-routes.ts";
import type { CollectedRoute } from "./collect-routes.ts";
import type { ErrorHandlerEntry } from "./error-handlers.ts";
import { mountRequest } from "./mounted-request.ts";
import type { RequestJourney } from "./request-journey.ts";
import type { RouteTarget } from "./route-target.ts";
import { websocketMethod } from "./websocket-options.ts";
import { compileWebsocket, type CompiledWebsocket } from "./websocket-route.ts";

/** An app below a prefix of another one. */
export interface Mount {
  readonly prefix: string;
  readonly declaredAt: string;
  readonly journey: RequestJourney;
}

export interface TreeParts {
  readonly routes: readonly CompiledRoute[];
  readonly mounts: readonly Mount[];
  readonly builtins: readonly BuiltinRoute[];
  readonly appErrorHandlers: readonly ErrorHandlerEntry[];
  /** Told of all work; undefined in production. */
  readonly overdueWork: OverdueWork | undefined;
}

export interface CompiledRoute {
  readonly route: CollectedRoute;
  readonly compiled: CompiledOperation;
  /** undefined for what answers requests one by one. */
  readonly websocket: CompiledWebsocket | undefined;
}

/** Compiles the operation of every route; see `compileOperation` for what it throws. */
export async function compileRoutes(
  routes: readonly CollectedRoute[],
  defaults: OperationDefaults,
): Promise<readonly CompiledRoute[]> {
  const compiled: CompiledRoute[] = [];
  for (const route of routes) {
    const operation = await compileOperation(route.operation, route, defaults);
    const websocket = route.operation.method === websocketMethod ? await compileWebsocket(operation) : undefined;
    compiled.push({ route, compiled: operation, websocket });
  }
  return compiled;
}

/** Builds the tree; the app's own pages give way to routes of the same method and path, and to mounted apps. */
export function buildTree(parts: TreeParts): RouteTree<RouteTarget> {
  const tree = new RouteTree<RouteTarget>();
  const taken = new Set<string>();
  for (const compiled of parts.routes) {
    const { route, websocket } = compiled;
    const { declaredAt } = route.operation;
    const method = websocket === undefined ? route.operation.method : "GET";
    tree.add({ method, template: route.template, declaredAt, value: buildTarget(compiled, parts) });
    taken.add(`${method} ${route.template.shape}`);
  }
  for (const mount of parts.mounts) addMount(tree, mount);
  for (const { path, answer } of parts.builtins) {
    const template = parsePathTemplate(path, builtinConverters);
    const isMounted = parts.mounts.some(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (isMounted || taken.has(`GET ${template.shape}`)) continue;
    const value: RouteTarget = { errorLevels: [], answer: (context) => answer(context) };
    tree.add({ method: "GET", template, declaredAt: "Apus itself", value });
  }
  return tree;
}

function buildTarget(
  { route, compiled: operation, websocket }: CompiledRoute,
  { appErrorHandlers, overdueWork }: TreeParts,
): RouteTarget {
  const { errorLevels, middleware } = route;
  const scope = { levels: [...errorLevels, appErrorHandlers], operation };
  const run = (context: RequestContext): MaybePromise<HttpResponse> => {
    try {
      const answer = websocket === undefined ? runOperation(operation, context) : websocket.answer(context);
      if (!(answer instanceof Promise)) return answer;
      // Here, and not around the route's middleware: a time limit answers in the place of work that goes on.
      overdueWork?.watch(context, answer);
      return answer.catch((error: unknown) => answerError(context, error, scope));
    } catch (error) {
      return answerError(context, error, scope);
    }
  };
  if (middleware.length === 0) return { errorLevels, answer: run };
  const getContext = (): RequestContext => currentRequest.getStore() as RequestContext;
  const answer: Answer = (request) => {
    const context = getContext();
    context.request = request;
    // Middleware may go on a second time: then the answer starts anew.
    context.resetResponse();
    return run(context);
  };
  const outside = { levels: scope.levels, operation: undefined };
  const around = buildMiddlewareChain(middleware, answer, (error) => answerError(getContext(), error, outside));
  return { errorLevels, answer: (context) => around(context.request) };
}

function addMount(tree: RouteTree<RouteTarget>, { prefix, declaredAt, journey }: Mount): void {
  const value: RouteTarget = {
    errorLevels: [],
    async answer(outer, rest) {
      const request = mountRequest(outer.request, prefix, `/${rest}`);
      const { requestId, traceId, log, stopNotice } = outer;
      const context = new RequestContext({ request, requestId, traceId, logger: log, stopNotice });
      const response = await journey.answer(context);
      outer.route = context.route ?? outer.route;
      outer.failure = context.failure;
      outer.takeEndings(context);
      return response;
    },
  };
  for (const path of [prefix, `${prefix}/`, `${prefix}/{rest:path}`]) {
    tree.add({ method: "*", template: parsePathTemplate(path, builtinConverters), declaredAt, value });
  }
}
