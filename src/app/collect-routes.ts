/** Flattens an app's tree of routers into one list of routes with everything that they inherit. */

import { ApusError } from "../errors/apus-error.ts";
import type { AnyDependency } from "../dependencies/dependency.ts";
import { timeLimit } from "../middleware/time-limit.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { Operation } from "../operation/operation.ts";
import type { Converter } from "../routing/converter.ts";
import { joinPath, parsePathTemplate, type PathTemplate } from "../routing/path-template.ts";
import type { ErrorHandlerEntry } from "./error-handlers.ts";
import type { AnyRouter, IncludeOptions } from "./router.ts";

/** What a route has from the routers around it. Levels of error handlers run from the innermost router outwards. */
interface Surroundings {
  readonly tags: readonly string[];
  readonly hidden: boolean;
  readonly deprecated: boolean;
  readonly errorLevels: readonly (readonly ErrorHandlerEntry[])[];
  readonly middleware: readonly Middleware[];
  /** Dependencies of the routers, the outermost first. */
  readonly use: readonly AnyDependency[];
}

/** One route as it will be served. */
export interface CollectedRoute extends Surroundings {
  readonly operation: Operation;
  readonly template: PathTemplate;
}

export interface Collection {
  readonly routes: readonly CollectedRoute[];
  /** Every router on the way, the app itself first. */
  readonly routers: readonly AnyRouter[];
  /** Names by which modules export operations and schemas. */
  readonly exportedNames: ReadonlyMap<object, string>;
}

/** What a router hands down to what it includes. */
interface Inherited extends Surroundings {
  readonly prefix: string;
  readonly converters: ReadonlyMap<string, Converter>;
  readonly path: readonly AnyRouter[];
}

/** @throws ApusError APUS_ROUTER_CYCLE, APUS_DUPLICATE_CONVERTER, APUS_BAD_TEMPLATE, APUS_UNKNOWN_CONVERTER. */
export function collectRoutes(root: AnyRouter): Collection {
  const routes: CollectedRoute[] = [];
  const routers = new Set<AnyRouter>();
  const exportedNames = new Map<object, string>();

  const visit = (router: AnyRouter, inherited: Inherited): void => {
    routers.add(router);
    for (const [value, name] of router.exportedNames) exportedNames.set(value, name);
    const own = extend(router, inherited);
    for (const entry of router.entries) {
      if (entry.kind === "operation") routes.push(buildRoute(entry.operation, own));
      else visit(entry.router, narrow(entry.router, entry, own));
    }
  };

  visit(root, {
    prefix: "",
    tags: [],
    hidden: false,
    deprecated: false,
    errorLevels: [],
    middleware: [],
    use: [],
    converters: new Map(),
    path: [root],
  });
  return { routes, routers: [...routers], exportedNames };
}

/** The root's own middleware and error handlers wrap the whole app, not each route. */
function extend(router: AnyRouter, inherited: Inherited): Inherited {
  const isRoot = inherited.path.length === 1;
  return {
    ...inherited,
    tags: [...inherited.tags, ...router.tags],
    errorLevels: isRoot ? [] : [router.errorHandlers, ...inherited.errorLevels],
    middleware: isRoot ? [] : [...inherited.middleware, ...router.middleware],
    use: [...inherited.use, ...router.dependencies],
    converters: mergeConverters(inherited.converters, router.converters),
  };
}

function narrow(
  router: AnyRouter,
  { options, declaredAt }: { readonly options: IncludeOptions; readonly declaredAt: string },
  own: Inherited,
): Inherited {
  if (own.path.includes(router)) {
    throw new ApusError("APUS_ROUTER_CYCLE", `include() at ${declaredAt} makes a router include itself.`);
  }
  const parent = own.path.at(-1) as AnyRouter;
  return {
    ...own,
    prefix: `${own.prefix}${parent.prefix}${options.prefix ?? ""}`,
    tags: [...own.tags, ...(options.tags ?? [])],
    hidden: own.hidden || (options.hidden ?? false),
    deprecated: own.deprecated || (options.deprecated ?? false),
    use: [...own.use, ...(options.use ?? [])],
    path: [...own.path, router],
  };
}

function buildRoute(operation: Operation, own: Inherited): CollectedRoute {
  const { options } = operation;
  return {
    operation,
    template: parsePathTemplate(joinPath(own.prefix, operation.path), own.converters),
    tags: [...new Set([...own.tags, ...(options.tags ?? [])])],
    hidden: own.hidden || (options.hidden ?? false),
    deprecated: own.deprecated || (options.deprecated ?? false),
    errorLevels: own.errorLevels,
    middleware: [...own.middleware, ...(options.middleware ?? []), ...limitTime(operation)],
    use: own.use,
  };
}

/** Innermost, so that what is around a route still sees the answer to a time that is up. */
function limitTime({ method, path, options, declaredAt }: Operation): readonly Middleware[] {
  const { timeout } = options;
  if (timeout === undefined) return [];
  try {
    return [timeLimit({ after: timeout })];
  } catch (cause) {
    const why = `timeout is a number of milliseconds, not ${String(timeout)}`;
    throw new ApusError("APUS_BAD_OPTION", `${method} ${path} at ${declaredAt}: ${why}.`, { cause });
  }
}

function mergeConverters(
  outer: ReadonlyMap<string, Converter>,
  inner: ReadonlyMap<string, Converter>,
): ReadonlyMap<string, Converter> {
  const merged = new Map(outer);
  for (const [name, converter] of inner) {
    const known = merged.get(name);
    if (known !== undefined && known !== converter) {
      throw new ApusError(
        "APUS_DUPLICATE_CONVERTER",
        `Two different converters are called "${name}"; rename one of them.`,
      );
    }
    merged.set(name, converter);
  }
  return merged;
}
