/** The route tree: finds the route of a method and a path, or says why there is none. */

import { ApusError } from "../errors/apus-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { Converter } from "./converter.ts";
import type { PathSegment, PathTemplate } from "./path-template.ts";

/** A method and a template with what they lead to; the method "*" answers every method that has no route of its own there. */
export interface Route<T> {
  readonly method: string;
  readonly template: PathTemplate;
  readonly value: T;
  /** Where the route was declared, for the messages. */
  readonly declaredAt: string;
}

/** What became of a method and a path. */
export type Match<T> =
  | {
      readonly kind: "found";
      readonly route: Route<T>;
      /** What the converters gave, by name; a new object for every match. */
      readonly parameters: Record<string, unknown>;
      /** What a closing `path` parameter took, as it was sent, without the leading "/"; empty for other routes. */
      readonly rest: string;
    }
  /** No route fits, but this one would if its converters took the text. */
  | { readonly kind: "misfit"; readonly route: Route<T>; readonly issues: readonly Issue[] }
  /** `allow` is sorted, and holds the methods of every route that fits the path. */
  | { readonly kind: "method-not-allowed"; readonly allow: string[] }
  | { readonly kind: "not-found" }
  /** The percent-encoding is broken or is not UTF-8. */
  | { readonly kind: "malformed" };

type Routes<T> = Map<string, Route<T>>;

interface TreeNode<T> {
  /** The routes that end here, by method. */
  routes: Routes<T> | undefined;
  readonly literals: Map<string, TreeNode<T>>;
  /** Most specific first. */
  readonly edges: Edge<T>[];
  /** A closing `path` parameter. */
  rest: Edge<T> | undefined;
}

interface Edge<T> {
  readonly prefix: string;
  readonly suffix: string;
  readonly converterName: string;
  readonly converter: Converter;
  readonly rank: number;
  readonly node: TreeNode<T>;
}

/** One walk of the tree: what it looks for, and what it has taken so far. */
interface Walk<T> {
  /** As it was sent. */
  readonly path: string;
  /** Whether the path has anything to decode. */
  readonly encoded: boolean;
  /** Whether converters decide; otherwise every text that is not empty fits. */
  readonly strict: boolean;
  /** One per parameter: values in a strict walk, texts in another. */
  readonly taken: unknown[];
  /** Where the rest begins that a closing `path` parameter took. */
  restStart: number;
  /** Called at every end that the path reaches, most specific first; true ends the walk. */
  readonly reach: (routes: Routes<T>) => boolean;
}

const notFound: { readonly kind: "not-found" } = Object.freeze({ kind: "not-found" });
const malformed: { readonly kind: "malformed" } = Object.freeze({ kind: "malformed" });
const slash = 0x2f;

/**
 * Routes by method and path.
 * A literal beats a parameter, segment by segment; finding a route visits each node at most once, in time linear in the path.
 */
export class RouteTree<T> {
  readonly #root: TreeNode<T> = createNode();
  /** The ends without parameters, by whole path: the common case is one lookup. */
  readonly #literals = new Map<string, Routes<T>>();
  readonly #converters = new Map<string, Converter>();
  /** Lower is tried earlier; converters of the app come between, in the order in which the tree met them. */
  readonly #ranks = new Map(Object.entries({ int: 0, uuid: 1, float: 2, str: Infinity }));

  /**
   * Adds a route.
   * @throws ApusError APUS_DUPLICATE_ROUTE or APUS_DUPLICATE_CONVERTER.
   */
  add(route: Route<T>): void {
    const { method, template } = route;
    this.#meetConverters(route);
    let node = this.#root;
    for (const segment of template.segments) node = this.#extend(node, segment);
    node.routes ??= new Map();
    const other = node.routes.get(method);
    if (other !== undefined) {
      const one = `${method} ${template.source}, declared at ${route.declaredAt},`;
      const two = `${method} ${other.template.source}, declared at ${other.declaredAt}`;
      throw new ApusError("APUS_DUPLICATE_ROUTE", `${one} answers the same requests as ${two}; remove or change one`);
    }
    node.routes.set(method, route);
    if (template.parameters.length === 0) this.#literals.set(template.source, node.routes);
  }

  /** Looks a request up. `path` is percent-encoded, as it was sent, without the query. */
  match(method: string, path: string): Match<T> {
    const direct = pickRoute(this.#literals.get(path), method);
    if (direct !== undefined) return { kind: "found", route: direct, parameters: {}, rest: "" };
    if (path.charCodeAt(0) !== slash) return notFound;
    const encoded = path.includes("%");
    if (encoded && !isDecodable(path)) return malformed;
    let route: Route<T> | undefined;
    const reach = (routes: Routes<T>): boolean => (route = pickRoute(routes, method)) !== undefined;
    const fitting: Walk<T> = { path, encoded, strict: true, taken: [], restStart: path.length, reach };
    if (walk(fitting, this.#root, 1) && route !== undefined) return buildFound(route, fitting);
    const methods = this.#methods(path, encoded);
    if (methods !== undefined && methods.size > 0) return { kind: "method-not-allowed", allow: buildAllow(methods) };
    const loose: Walk<T> = { path, encoded, strict: false, taken: [], restStart: path.length, reach };
    if (walk(loose, this.#root, 1) && route !== undefined) {
      return { kind: "misfit", route, issues: listMisfits(route, loose.taken) };
    }
    return notFound;
  }

  /** The sorted methods of every route that fits the path, with HEAD and OPTIONS; empty when no route fits. */
  allowedMethods(path: string): string[] {
    const encoded = path.includes("%");
    if (path.charCodeAt(0) !== slash || (encoded && !isDecodable(path))) return [];
    const methods = this.#methods(path, encoded);
    return methods === undefined ? [] : buildAllow(methods);
  }

  /** The declared methods of every route that fits, without "*"; undefined when no route fits. */
  #methods(path: string, encoded: boolean): Set<string> | undefined {
    let methods: Set<string> | undefined;
    const reach = (routes: Routes<T>): boolean => {
      methods ??= new Set();
      for (const method of routes.keys()) if (method !== "*") methods.add(method);
      return false;
    };
    walk({ path, encoded, strict: true, taken: [], restStart: path.length, reach }, this.#root, 1);
    return methods;
  }

  #meetConverters({ template, declaredAt }: Route<T>): void {
    for (const { converterName, converter } of template.parameters) {
      const known = this.#converters.get(converterName);
      if (known !== undefined && known !== converter) {
        const place = `${template.source}, declared at ${declaredAt},`;
        const problem = `uses another converter "${converterName}" than the routes before it; give one of them another name`;
        throw new ApusError("APUS_DUPLICATE_CONVERTER", `${place} ${problem}`);
      }
      this.#converters.set(converterName, converter);
      if (!this.#ranks.has(converterName)) this.#ranks.set(converterName, this.#ranks.size);
    }
  }

  #extend(node: TreeNode<T>, { prefix, parameter, suffix }: PathSegment): TreeNode<T> {
    if (parameter === undefined) {
      const next = node.literals.get(prefix) ?? createNode<T>();
      node.literals.set(prefix, next);
      return next;
    }
    const { converterName, converter } = parameter;
    const rank = this.#ranks.get(converterName) ?? Infinity;
    const edge: Edge<T> = { prefix, suffix, converterName, converter, rank, node: createNode() };
    if (converterName === "path") return (node.rest ??= edge).node;
    const known = node.edges.find(
      (one) => one.prefix === prefix && one.suffix === suffix && one.converterName === converterName,
    );
    if (known !== undefined) return known.node;
    node.edges.push(edge);
    node.edges.sort(compareEdges);
    return edge.node;
  }
}

function createNode<T>(): TreeNode<T> {
  return { routes: undefined, literals: new Map(), edges: [], rest: undefined };
}

// More literal text first, then the narrower converter, then the longer prefix: no two edges that fit one text are equal.
function compareEdges(a: Edge<unknown>, b: Edge<unknown>): number {
  const length = b.prefix.length + b.suffix.length - (a.prefix.length + a.suffix.length);
  if (length !== 0) return length;
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return b.prefix.length - a.prefix.length;
}

function pickRoute<T>(routes: Routes<T> | undefined, method: string): Route<T> | undefined {
  if (routes === undefined) return undefined;
  return routes.get(method) ?? (method === "HEAD" ? routes.get("GET") : undefined) ?? routes.get("*");
}

// No UTF-8 sequence reaches over a "/", so the whole path is well formed exactly when each segment is.
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Goes on at `start`, or ends there when it is 0. Recursion is as deep as the deepest template, never as the path. */
function walk<T>(state: Walk<T>, node: TreeNode<T>, start: number): boolean {
  if (start === 0) return node.routes !== undefined && state.reach(node.routes);
  const { path } = state;
  const end = path.indexOf("/", start);
  const next = end + 1;
  const sent = end === -1 ? path.slice(start) : path.slice(start, end);
  const text = state.encoded && sent.includes("%") ? decodeURIComponent(sent) : sent;
  const literal = node.literals.size === 0 ? undefined : node.literals.get(text);
  if (literal !== undefined && walk(state, literal, next)) return true;
  if (text !== "") {
    for (const edge of node.edges) {
      if (!take(state, edge, text)) continue;
      if (walk(state, edge.node, next)) return true;
      state.taken.pop();
    }
  }
  return node.rest !== undefined && walkRest(state, node.rest, start);
}

function walkRest<T>(state: Walk<T>, edge: Edge<T>, start: number): boolean {
  const { routes } = edge.node;
  if (routes === undefined || !take(state, edge, decodeRest(state, start))) return false;
  state.restStart = start;
  if (state.reach(routes)) return true;
  state.restStart = state.path.length;
  state.taken.pop();
  return false;
}

/** Takes a parameter out of a text, if it fits. */
function take<T>({ strict, taken }: Walk<T>, { prefix, suffix, converter }: Edge<T>, text: string): boolean {
  const affixed = prefix !== "" || suffix !== "";
  if (affixed && !(text.startsWith(prefix) && text.endsWith(suffix))) return false;
  if (text.length <= prefix.length + suffix.length) return false;
  const inner = affixed ? text.slice(prefix.length, text.length - suffix.length) : text;
  const value = strict ? converter.parse(inner) : inner;
  if (value === undefined) return false;
  taken.push(value);
  return true;
}

// An encoded "/" stays encoded here, so that every "/" in the value separated segments on the wire too.
function decodeRest<T>({ path, encoded }: Walk<T>, start: number): string {
  const text = path.slice(start);
  return encoded ? decodeURIComponent(text.replaceAll(/%(2f)/gi, "%25$1")) : text;
}

function buildFound<T>(route: Route<T>, { path, taken, restStart }: Walk<T>): Match<T> {
  const declared = route.template.parameters;
  const parameters: Record<string, unknown> = {};
  for (let index = 0; index < declared.length; index++) {
    const parameter = declared[index];
    if (parameter !== undefined) parameters[parameter.name] = taken[index];
  }
  return { kind: "found", route, parameters, rest: path.slice(restStart) };
}

function buildAllow(methods: Set<string>): string[] {
  const allow = new Set(methods).add("OPTIONS");
  if (allow.has("GET")) allow.add("HEAD");
  return [...allow].toSorted();
}

function listMisfits<T>({ template }: Route<T>, texts: readonly unknown[]): Issue[] {
  const issues: Issue[] = [];
  for (const [index, { name, converter }] of template.parameters.entries()) {
    if (converter.parse(String(texts[index])) !== undefined) continue;
    issues.push({ in: "path", pointer: `/${name}`, code: "converter", message: `must be ${converter.expected}` });
  }
  return issues;
}
