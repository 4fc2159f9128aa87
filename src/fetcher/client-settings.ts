/** The options of a client, checked, with their defaults. */

import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import { checkHeaderName, checkHeaderValue } from "../http/header-rules.ts";
import { parseAddressGuard, type AddressGuard } from "./address-guard.ts";
import type { BreakerSettings } from "./circuit-breaker.ts";
import type { HttpClientOptions, UpstreamTimeouts, UpstreamTls } from "./http-client-options.ts";
import type { RetrySettings } from "./retry-policy.ts";

export interface ClientSettings {
  readonly name: string;
  /** Without a "/" at its end; undefined for a client of untrusted URLs. */
  readonly base: URL | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: Required<UpstreamTimeouts>;
  readonly retries: RetrySettings;
  readonly breaker: BreakerSettings | undefined;
  readonly concurrency: number;
  readonly queue: number;
  readonly maxBytes: number;
  readonly redirects: number;
  /** Origins that are called without the guard, except for users. */
  readonly origins: ReadonlySet<string>;
  readonly http2: boolean;
  readonly cookies: boolean;
  readonly cache: { readonly maxBytes: number; readonly maxEntryBytes: number } | undefined;
  readonly tls: UpstreamTls;
  readonly propagate: boolean;
  readonly guard: AddressGuard;
  readonly check: string | undefined;
  readonly grace: number;
}

const place = "httpClient";

/** @throws ApusError APUS_BAD_OPTION or APUS_INVALID_HEADER */
export function readClientSettings(options: HttpClientOptions): ClientSettings {
  const check = new CheckedOptions(place, options, optionNames);
  for (const flag of ["http2", "cookies", "propagate", "untrusted"]) check.kind(flag, "boolean");
  check.whole("concurrency", 1, 10_000);
  check.whole("queue", 0, 1_000_000);
  check.whole("maxBytes", 0);
  check.whole("grace", 0, longestTime);
  const { name, headers = {}, check: checkPath } = options;
  if (name !== undefined && (typeof name !== "string" || name === "")) check.refuse("name", "a text that is not empty");
  if (checkPath !== undefined && (typeof checkPath !== "string" || !checkPath.startsWith("/"))) {
    check.refuse("check", 'a path, such as "/health"');
  }
  for (const [field, value] of Object.entries(headers)) {
    checkHeaderName(field);
    checkHeaderValue(field, value);
  }
  const base = readBase(options, check);
  const redirects = readRedirects(options, check);
  const origins = [...(base === undefined ? [] : [base.origin]), ...redirects.origins];
  return {
    name: name ?? base?.host ?? "another service",
    base,
    headers,
    timeouts: readTimeouts(options, check),
    retries: readRetries(options, check),
    breaker: readBreaker(options, check),
    concurrency: options.concurrency ?? 64,
    queue: options.queue ?? 256,
    maxBytes: options.maxBytes ?? 10_485_760,
    redirects: redirects.limit,
    origins: new Set(origins),
    http2: options.http2 ?? true,
    cookies: options.cookies ?? false,
    cache: readCache(options, check),
    tls: options.tls ?? {},
    propagate: options.propagate ?? true,
    guard: parseAddressGuard(options.guard ?? {}),
    check: checkPath,
    grace: options.grace ?? 5_000,
  };
}

const optionNames: readonly (keyof HttpClientOptions)[] = [
  "baseUrl",
  "name",
  "headers",
  "timeouts",
  "retries",
  "breaker",
  "concurrency",
  "queue",
  "maxBytes",
  "redirects",
  "http2",
  "cookies",
  "cache",
  "tls",
  "propagate",
  "untrusted",
  "guard",
  "check",
  "grace",
];

function readBase({ baseUrl, untrusted }: HttpClientOptions, check: CheckedOptions): URL | undefined {
  if (untrusted === true) {
    if (baseUrl !== undefined) check.refuse("baseUrl", "left out, because every URL of an untrusted client is whole");
    return undefined;
  }
  const wanted = 'an http or https URL without credentials, query and fragment, such as "https://api.example.com"';
  const base = URL.parse(String(baseUrl ?? ""));
  const isHttp = base?.protocol === "https:" || base?.protocol === "http:";
  if (base === null || !isHttp || base.username !== "" || base.password !== "") return check.refuse("baseUrl", wanted);
  if (base.search !== "" || base.hash !== "") check.refuse("baseUrl", wanted);
  base.pathname = base.pathname.replace(/\/$/, "");
  return base;
}

function readTimeouts({ timeouts = {} }: HttpClientOptions, outer: CheckedOptions): Required<UpstreamTimeouts> {
  const defaults = { queue: 1_000, connect: 5_000, head: 15_000, idle: 15_000, total: 30_000, unread: 60_000 };
  const check = checkPart("timeouts", timeouts, { outer, names: Object.keys(defaults) });
  for (const stage of Object.keys(defaults)) check.whole(stage, stage === "queue" ? 0 : 1, longestTime);
  return { ...defaults, ...timeouts };
}

function readRetries({ retries = {} }: HttpClientOptions, outer: CheckedOptions): RetrySettings {
  const given = typeof retries === "number" ? { limit: retries } : retries;
  const defaults = { limit: 2, base: 100, longest: 5_000 };
  const check = checkPart("retries", given, { outer, names: Object.keys(defaults) });
  check.whole("limit", 0, 20);
  check.whole("base", 1, longestTime);
  check.whole("longest", 1, longestTime);
  return { ...defaults, ...given };
}

function readBreaker({ breaker = {} }: HttpClientOptions, outer: CheckedOptions): BreakerSettings | undefined {
  if (breaker === false) return undefined;
  const defaults = { ratio: 0.5, minimum: 20, window: 10_000, pause: 5_000 };
  const check = checkPart("breaker", breaker, { outer, names: Object.keys(defaults) });
  check.whole("minimum", 1, 1_000_000);
  check.whole("window", 10, longestTime);
  check.whole("pause", 1, longestTime);
  const settings = { ...defaults, ...breaker };
  if (!(settings.ratio > 0 && settings.ratio <= 1)) check.refuse("ratio", "above 0 and at most 1");
  return settings;
}

function readRedirects(
  { redirects = {} }: HttpClientOptions,
  outer: CheckedOptions,
): { readonly limit: number; readonly origins: readonly string[] } {
  const given = typeof redirects === "number" ? { limit: redirects } : redirects;
  const check = checkPart("redirects", given, { outer, names: ["limit", "origins"] });
  check.whole("limit", 0, 20);
  const { limit = 5, origins = [] } = given;
  for (const origin of origins) {
    if (URL.parse(origin)?.origin !== origin) check.refuse("origins", 'a list of origins, such as "https://b.example"');
  }
  return { limit, origins };
}

function readCache({ cache = false }: HttpClientOptions, outer: CheckedOptions): ClientSettings["cache"] {
  if (cache === false) return undefined;
  const given = cache === true ? {} : cache;
  const check = checkPart("cache", given, { outer, names: ["maxBytes", "maxEntryBytes"] });
  check.whole("maxBytes", 1);
  check.whole("maxEntryBytes", 1);
  return { maxBytes: 33_554_432, maxEntryBytes: 1_048_576, ...given };
}

interface PartCheck {
  readonly outer: CheckedOptions;
  readonly names: readonly string[];
}

function checkPart(name: string, given: object, { outer, names }: PartCheck): CheckedOptions {
  if (typeof given !== "object" || given === null) outer.refuse(name, `an object with ${names.join(", ")}`);
  return new CheckedOptions(`${place}: ${name}`, given, names);
}
