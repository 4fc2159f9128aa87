/** A group of endpoints: a prefix, tags, error handlers and middleware around declared operations and other routers. */

import { ApusError } from "../errors/apus-error.ts";
import { isDependency, type AnyDependency } from "../dependencies/dependency.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { Operation, OperationOptions } from "../operation/operation.ts";
import { builtinConverters, type Converter } from "../routing/converter.ts";
import { joinPath, parsePathTemplate } from "../routing/path-template.ts";
import { findCaller } from "../errors/declared-at.ts";
import type { Declare } from "./declare.ts";
import type { ErrorClass, ErrorHandler, ErrorHandlerEntry } from "./error-handlers.ts";
import { websocketMethod, type DeclareWebsocket } from "./websocket-options.ts";

export type Converters = Readonly<Record<string, Converter>>;

// oxlint-disable-next-line typescript/no-empty-object-type -- "no converters", as a type that adds no keys
export type NoConverters = {};

export interface RouterOptions<Prefix extends string = string, Custom extends Converters = Converters> {
  /** Begins with "/" and does not end with it; may hold parameters. */
  readonly prefix?: Prefix;
  /** Added to the tags of every operation. */
  readonly tags?: readonly string[];
  /** Dependencies of every route, run for what they do: a route that wants a value uses the dependency itself. */
  readonly use?: readonly AnyDependency[];
  /** Converters for `{name:kind}` of your own, by kind. */
  readonly converters?: Custom;
}

export interface IncludeOptions {
  readonly prefix?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  /** Dependencies of every route that is included. */
  readonly use?: readonly AnyDependency[];
  /** Serves the routes without documenting them. */
  readonly hidden?: boolean;
}

/** A router, or the namespace of a module (`import * as items`) that exports routers, operations and schemas. */
export type Includable = AnyRouter | Readonly<Record<string, unknown>>;

export interface InclusionDeclaration {
  readonly kind: "include";
  readonly router: AnyRouter;
  readonly options: IncludeOptions;
  readonly declaredAt: string;
}

export interface OperationDeclaration {
  readonly kind: "operation";
  readonly operation: Operation;
}

export type RouterEntry = InclusionDeclaration | OperationDeclaration;

/** What the compiler reads of a router of any prefix and converters. */
export interface AnyRouter {
  readonly prefix: string;
  readonly tags: readonly string[];
  readonly converters: ReadonlyMap<string, Converter>;
  readonly entries: readonly RouterEntry[];
  readonly errorHandlers: readonly ErrorHandlerEntry[];
  readonly middleware: readonly Middleware[];
  readonly dependencies: readonly AnyDependency[];
  readonly exportedNames: ReadonlyMap<object, string>;
  freeze(): void;
}

export class Router<const Prefix extends string = "", Custom extends Converters = NoConverters> implements AnyRouter {
  readonly prefix: string;
  readonly tags: readonly string[];
  readonly dependencies: readonly AnyDependency[];
  readonly converters: ReadonlyMap<string, Converter>;
  readonly get: Declare<"GET", Prefix, Custom> = this.#declarer("GET");
  readonly head: Declare<"HEAD", Prefix, Custom> = this.#declarer("HEAD");
  readonly post: Declare<"POST", Prefix, Custom> = this.#declarer("POST");
  readonly put: Declare<"PUT", Prefix, Custom> = this.#declarer("PUT");
  readonly patch: Declare<"PATCH", Prefix, Custom> = this.#declarer("PATCH");
  readonly delete: Declare<"DELETE", Prefix, Custom> = this.#declarer("DELETE");
  readonly options: Declare<"OPTIONS", Prefix, Custom> = this.#declarer("OPTIONS");
  readonly query: Declare<"QUERY", Prefix, Custom> = this.#declarer("QUERY");
  readonly trace: Declare<"TRACE", Prefix, Custom> = this.#declarer("TRACE");
  readonly websocket: DeclareWebsocket<Prefix, Custom> = this.#declarer(websocketMethod) as unknown as DeclareWebsocket<
    Prefix,
    Custom
  >;

  readonly #entries: RouterEntry[] = [];
  readonly #errorHandlers: ErrorHandlerEntry[] = [];
  readonly #middleware: Middleware[] = [];
  readonly #exportedNames = new Map<object, string>();
  #frozenBy: string | undefined;

  constructor(options: RouterOptions<Prefix, Custom> = {}) {
    this.prefix = readPrefix(options.prefix ?? "", "Router");
    this.tags = options.tags ?? [];
    this.dependencies = readDependencies(options.use, `Router at ${findCaller()}`);
    this.converters = new Map([...builtinConverters, ...readConverters(options.converters ?? {})]);
  }

  get entries(): readonly RouterEntry[] {
    return this.#entries;
  }

  get errorHandlers(): readonly ErrorHandlerEntry[] {
    return this.#errorHandlers;
  }

  get middleware(): readonly Middleware[] {
    return this.#middleware;
  }

  /** Names that modules gave to operations and schemas by exporting them. */
  get exportedNames(): ReadonlyMap<object, string> {
    return this.#exportedNames;
  }

  /**
   * Serves another router's routes from here, below `options.prefix`.
   * A module's namespace includes each router that it exports and names its exported operations and schemas.
   */
  include(included: Includable, options: IncludeOptions = {}): this {
    const declaredAt = findCaller();
    this.#assertOpen(`include() at ${declaredAt}`);
    if (isApp(included)) {
      throw new ApusError("APUS_BAD_OPTION", `include() at ${declaredAt} was given an app; mount("/prefix", app) it.`);
    }
    readPrefix(options.prefix ?? "", "include()");
    readDependencies(options.use, `include() at ${declaredAt}`);
    for (const router of this.#readRouters(included, declaredAt)) {
      this.#entries.push({ kind: "include", router, options, declaredAt });
    }
    return this;
  }

  /** Answers errors of this class that routes of this router end with; the most specific class and innermost router win. */
  onError<E extends Error>(errorClass: ErrorClass<E>, handler: ErrorHandler<E>): this {
    const declaredAt = findCaller();
    this.#assertOpen(`onError() at ${declaredAt}`);
    const isErrorClass = (errorClass as unknown) === Error || errorClass?.prototype instanceof Error;
    if (!isErrorClass || typeof handler !== "function") {
      throw new ApusError("APUS_BAD_OPTION", `onError() at ${declaredAt} needs a class of errors and a function.`);
    }
    this.#errorHandlers.push({ errorClass, handler: handler as ErrorHandler });
    return this;
  }

  /** Wraps every route of this router; the first one added is the outermost. */
  use(middleware: Middleware): this {
    const declaredAt = findCaller();
    this.#assertOpen(`use() at ${declaredAt}`);
    if (typeof middleware !== "function") {
      throw new ApusError("APUS_BAD_OPTION", `use() at ${declaredAt} was given no function.`);
    }
    this.#middleware.push(middleware);
    return this;
  }

  /** From now on a change is an error. Called when an app that serves this router starts. */
  freeze(): void {
    this.#frozenBy = "the app has started";
  }

  #readRouters(included: Includable, declaredAt: string): readonly AnyRouter[] {
    if (included instanceof Router) return [included];
    const exported = Object.entries(included ?? {});
    for (const [name, value] of exported) {
      if (typeof value === "object" && value !== null) this.#exportedNames.set(value, name);
      if (typeof value === "function" && "~standard" in value) this.#exportedNames.set(value, name);
    }
    const routers = exported.map(([, value]) => value).filter((value) => value instanceof Router && !isApp(value));
    if (routers.length > 0) return routers;
    throw new ApusError(
      "APUS_BAD_OPTION",
      `include() at ${declaredAt} was given no router: pass a Router, or the namespace of a module that exports one (of modules that import each other, one is not ready yet).`,
    );
  }

  #declarer<M extends string>(method: M): Declare<M, Prefix, Custom> {
    const declare = (path: string, ...rest: readonly unknown[]): Operation => {
      const declaredAt = findCaller();
      this.#assertOpen(`${method} ${path} at ${declaredAt}`);
      if (typeof path !== "string") {
        throw new ApusError("APUS_BAD_OPTION", `${method} at ${declaredAt} has no path: the first argument is text.`);
      }
      const [options, handler] = rest.length === 1 ? [{}, rest[0]] : rest;
      if (typeof handler !== "function") {
        throw new ApusError("APUS_BAD_OPTION", `${method} ${path} at ${declaredAt} has no handler function.`);
      }
      const full = joinPath(this.prefix, path);
      parsePathTemplate(full, this.converters);
      const operation: Operation = Object.freeze({
        method,
        path: full,
        options: Object.freeze({ ...(options as OperationOptions) }),
        handler: handler as Operation["handler"],
        declaredAt,
      });
      this.#entries.push({ kind: "operation", operation });
      return operation;
    };
    return declare as Declare<M, Prefix, Custom>;
  }

  #assertOpen(what: string): void {
    if (this.#frozenBy === undefined) return;
    throw new ApusError("APUS_FROZEN", `${what} came too late: ${this.#frozenBy}. Declare everything before listen().`);
  }
}

function readConverters(converters: Converters): readonly (readonly [string, Converter])[] {
  const entries = Object.entries(converters);
  for (const [name, converter] of entries) {
    if (typeof converter?.parse === "function" && typeof converter.format === "function") continue;
    throw new ApusError("APUS_BAD_OPTION", `The converter "${name}" needs the functions parse and format.`);
  }
  return entries;
}

function readDependencies(use: readonly AnyDependency[] = [], where: string): readonly AnyDependency[] {
  if (Array.isArray(use) && use.every(isDependency)) return use;
  throw new ApusError("APUS_BAD_OPTION", `The ${where} uses what is no list of dependencies.`);
}

/** An app is more than its routes: included, it would lose its lifespans, its mounted apps and its options. */
function isApp(value: unknown): boolean {
  return value instanceof Router && "mount" in value;
}

function readPrefix(prefix: string, where: string): string {
  const isPrefix = typeof prefix === "string" && prefix.startsWith("/") && !prefix.endsWith("/");
  if (prefix === "" || isPrefix) return prefix;
  throw new ApusError(
    "APUS_BAD_OPTION",
    `The prefix of ${where} begins with "/" and does not end with it: ${JSON.stringify(prefix)} does not.`,
  );
}
