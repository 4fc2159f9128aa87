/** Cross-origin resource sharing (Fetch standard §3.3): which other origins may read the answers of an app. */

import type { HttpRequest, RequestHeaders } from "../http/http-request.ts";
import { isToken } from "../http/header-rules.ts";
import type { HeaderLine, HttpResponse } from "../http/http-response.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { trimSpace } from "../http/trim-space.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { Middleware } from "./middleware.ts";
import { parseOrigin } from "./parse-origin.ts";
import { appendVary } from "./vary.ts";

export interface CorsOptions {
  /**
   * Who may read the answers: "*" for everybody, a list such as `["https://example.com"]`, or a function that is given
   * a well-formed origin. `"null"` (files, sandboxed frames) only fits a list that names it.
   */
  readonly origins: "*" | readonly string[] | ((origin: string) => MaybePromise<boolean>);
  /** Methods that a preflight permits. Default: GET, HEAD, POST, PUT, PATCH, DELETE, QUERY. */
  readonly methods?: readonly string[] | undefined;
  /**
   * Request headers that a preflight permits: "reflect" (the default) for whatever is asked for, "*" for all by one
   * answer that caches can keep, or a list, to which the headers that browsers may send anyway are added.
   */
  readonly allowHeaders?: "reflect" | "*" | readonly string[] | undefined;
  /** Response headers that scripts may read, beside the few that they always may. */
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Whether cookies, client certificates and HTTP authentication may come along. Default false; not with `origins: "*"`. */
  readonly credentials?: boolean | undefined;
  /** Seconds that browsers may keep the answer to a preflight. Default 600. */
  readonly maxAge?: number | undefined;
  /** Whether pages of the public internet may call this app in a private network. Default false. */
  readonly privateNetwork?: boolean | undefined;
}

/** What was decided when the middleware was created. */
interface CorsPolicy {
  /** The value of `access-control-allow-origin` for a request; undefined when its origin may not read the answer. */
  readonly permit: (origin: string | undefined) => MaybePromise<string | undefined>;
  readonly answerLines: readonly HeaderLine[];
  readonly preflightLines: readonly HeaderLine[];
  readonly answerVary: readonly string[];
  readonly preflightVary: readonly string[];
  readonly reflects: boolean;
  readonly privateNetwork: boolean;
}

const optionNames = [
  "origins",
  "methods",
  "allowHeaders",
  "exposeHeaders",
  "credentials",
  "maxAge",
  "privateNetwork",
] as const satisfies readonly (keyof CorsOptions)[];

const usualMethods: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"];
/** Safe by their name, but not with every value: `content-type: application/json` has to be asked for. */
const safelistedHeaders: readonly string[] = ["accept", "accept-language", "content-language", "content-type"];

/**
 * Answers preflights and lets the permitted origins read the answers, errors included. For `app.use()`: a preflight
 * meets no route.
 * @throws ApusError APUS_BAD_OPTION
 */
export function cors(options: CorsOptions): Middleware {
  const policy = compilePolicy(options);
  return async (request, next) => {
    const allowed = await policy.permit(request.headers.get("origin"));
    if (isPreflight(request)) return answerPreflight(policy, allowed, request.headers);
    const response = await next();
    const lines = response.headers.filter(([name]) => !isOurs(name));
    if (allowed !== undefined) lines.push(["access-control-allow-origin", allowed], ...policy.answerLines);
    return { ...response, headers: appendVary(lines, policy.answerVary) };
  };
}

/** An OPTIONS without these two fields is a question to the route (Fetch standard §3.3.2). */
function isPreflight({ method, headers }: HttpRequest): boolean {
  if (method !== "OPTIONS" || headers.get("origin") === undefined) return false;
  return headers.get("access-control-request-method") !== undefined;
}

/** What two places said would be read as nobody's permission. */
function isOurs(name: string): boolean {
  const lowerCased = name.toLowerCase();
  return lowerCased === "access-control-allow-origin" || lowerCased === "access-control-allow-credentials";
}

/** Says what is permitted, and the browser compares: it tells its user more than it would of an error. */
function answerPreflight(policy: CorsPolicy, allowed: string | undefined, headers: RequestHeaders): HttpResponse {
  const lines: HeaderLine[] = [];
  if (allowed !== undefined) {
    lines.push(["access-control-allow-origin", allowed], ...policy.preflightLines);
    const names = policy.reflects ? reflectNames(headers.get("access-control-request-headers")) : undefined;
    if (names !== undefined) lines.push(["access-control-allow-headers", names]);
    if (policy.privateNetwork && headers.get("access-control-request-private-network") === "true") {
      lines.push(["access-control-allow-private-network", "true"]);
    }
  }
  return { status: 204, headers: appendVary(lines, policy.preflightVary), body: null };
}

/** The names as one list, in lower case; undefined when one of them is no field name, or there is none. */
function reflectNames(field: string | undefined): string | undefined {
  if (field === undefined) return undefined;
  const names = field
    .split(",")
    .map(trimSpace)
    .filter((name) => name !== "");
  return names.length > 0 && names.every(isToken) ? names.join(", ").toLowerCase() : undefined;
}

function compilePolicy(options: CorsOptions): CorsPolicy {
  const check = new CheckedOptions("cors", options, optionNames);
  for (const name of ["credentials", "privateNetwork"]) check.kind(name, "boolean");
  check.whole("maxAge", 0);
  const { allowHeaders = "reflect", credentials = false, maxAge = 600, privateNetwork = false } = options;
  const methods = (readTokens(check, options, "methods") ?? usualMethods).map((method) => method.toUpperCase());
  const exposed = readTokens(check, options, "exposeHeaders") ?? [];
  const wildcard = "a list: beside credentials, browsers take * for a name";
  if (methods.includes("*")) check.refuse("methods", "a list of methods, without *");
  if (credentials && exposed.includes("*")) check.refuse("exposeHeaders", wildcard);
  if (credentials && allowHeaders === "*") check.refuse("allowHeaders", `"reflect", or ${wildcard}`);
  const withCredentials: HeaderLine[] = credentials ? [["access-control-allow-credentials", "true"]] : [];
  const allowLines = buildAllowHeaders(check, options);
  const answerVary = options.origins === "*" ? [] : ["Origin"];
  return {
    permit: compilePermit(check, options),
    answerLines: [
      ...withCredentials,
      ...(exposed.length > 0 ? [["access-control-expose-headers", exposed.join(", ")] as const] : []),
    ],
    preflightLines: [
      ...withCredentials,
      ["access-control-allow-methods", methods.join(", ")],
      ...allowLines,
      ["access-control-max-age", String(maxAge)],
    ],
    answerVary,
    preflightVary: [
      ...answerVary,
      "Access-Control-Request-Method",
      "Access-Control-Request-Headers",
      ...(privateNetwork ? ["Access-Control-Request-Private-Network"] : []),
    ],
    reflects: allowHeaders === "reflect",
    privateNetwork,
  };
}

/** `*` leaves out `authorization` (Fetch standard §3.3.3), which nobody who writes it means. */
function buildAllowHeaders(check: CheckedOptions, options: CorsOptions): readonly HeaderLine[] {
  const { allowHeaders } = options;
  if (allowHeaders === undefined || allowHeaders === "reflect") return [];
  if (allowHeaders === "*") return [["access-control-allow-headers", "*, authorization"]];
  const names = (readTokens(check, options, "allowHeaders") ?? []).map((name) => name.toLowerCase());
  if (names.includes("*")) check.refuse("allowHeaders", '"*" itself, or a list without it');
  return [["access-control-allow-headers", [...new Set([...safelistedHeaders, ...names])].join(", ")]];
}

function readTokens(
  check: CheckedOptions,
  options: CorsOptions,
  name: "methods" | "allowHeaders" | "exposeHeaders",
): readonly string[] | undefined {
  const list: unknown = options[name];
  if (list === undefined) return undefined;
  const isFine = Array.isArray(list) && list.every((item) => typeof item === "string" && isToken(item));
  return isFine ? (list as string[]) : check.refuse(name, "a list of names");
}

function compilePermit(check: CheckedOptions, options: CorsOptions): CorsPolicy["permit"] {
  const { origins, credentials } = options;
  if (origins === "*") {
    const remedy = "the list of origins that may act with a user's cookies, because credentials is true";
    if (credentials === true) check.refuse("origins", remedy);
    return () => "*";
  }
  if (typeof origins === "function") return (origin) => askFunction(origins, origin);
  if (!Array.isArray(origins)) return check.refuse("origins", '"*", a list of origins, or a function');
  const listed = new Set(origins.map((origin) => normalizeOrigin(check, origin)));
  return (origin) => (origin !== undefined && listed.has(origin) ? origin : undefined);
}

function normalizeOrigin(check: CheckedOptions, origin: unknown): string {
  if (origin === "null") return origin;
  const normalized = typeof origin === "string" ? parseOrigin(origin) : undefined;
  if (normalized !== undefined) return normalized;
  const wanted = `a list of origins such as "https://example.com", without a path and a final "/"; for patterns, a function`;
  return check.refuse("origins", `${wanted} (and ${JSON.stringify(origin)} is none)`);
}

/** Asked for nothing but origins, so that `endsWith` cannot be met by a list of two; only true is a permission. */
async function askFunction(
  isAllowed: (origin: string) => MaybePromise<boolean>,
  origin: string | undefined,
): Promise<string | undefined> {
  if (origin === undefined || parseOrigin(origin) !== origin) return undefined;
  const verdict: unknown = await isAllowed(origin);
  return verdict === true ? origin : undefined;
}
