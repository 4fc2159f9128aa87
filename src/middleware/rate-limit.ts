/** Limits how many requests a client may send in a time: 429 beyond it, and fields that tell before. */

import { hash } from "node:crypto";
import { HttpError } from "../errors/http-error.ts";
import { isToken } from "../http/header-rules.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { warn } from "../http/abandon-response.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { nameNetwork } from "./client-network.ts";
import { createMemoryRateStore } from "./memory-rate-store.ts";
import type { Middleware } from "./middleware.ts";
import type { RatePolicy, RateStore, RateVerdict } from "./rate-store.ts";

export { createMemoryRateStore } from "./memory-rate-store.ts";
export type { MemoryRateStoreOptions } from "./memory-rate-store.ts";
export type { RatePolicy, RateStore, RateVerdict } from "./rate-store.ts";

export interface RateLimitOptions {
  /** Requests that one key has in a window. */
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
  /** Whose quota a request takes from; the client's address by default, of IPv6 its /64. */
  readonly key?: (request: HttpRequest) => string;
  /** `"sliding-window"` by default; `"token-bucket"` refills steadily. */
  readonly algorithm?: RatePolicy["algorithm"];
  /** A memory of its own by default; limits that share a store need names of their own. */
  readonly store?: RateStore;
  /** The policy's name in the fields and in the store: a token, `"default"` by default. */
  readonly name?: string;
  /** Requests that are not counted. */
  readonly skip?: (request: HttpRequest) => boolean;
  /** When the store fails: `"allow"` (the default) goes on without a limit and warns, `"refuse"` answers 503. */
  readonly onStoreFailure?: "allow" | "refuse";
}

const optionNames: readonly string[] = [
  "limit",
  "window",
  "key",
  "algorithm",
  "store",
  "name",
  "skip",
  "onStoreFailure",
] satisfies readonly (keyof RateLimitOptions)[];

/** Longer keys are hashed: what a client writes must not fill the store. */
const maxKeyLength = 64;

/**
 * Answers 429 with `retry-after` to who is over the limit, and tells everybody what is left in `ratelimit` and
 * `ratelimit-policy` (draft-ietf-httpapi-ratelimit-headers-10).
 * @throws ApusError APUS_BAD_OPTION
 */
export function rateLimit(options: RateLimitOptions): Middleware {
  checkOptions(options);
  const { limit, window, name = "default", algorithm = "sliding-window", skip } = options;
  const { key = (request: HttpRequest) => nameNetwork(request.remoteAddress) } = options;
  const policy: RatePolicy = { algorithm, limit, window };
  const described = `"${name}";q=${limit};w=${Math.ceil(window / 1_000)}`;
  const take = guardStore(options.store ?? createMemoryRateStore(), policy, options.onStoreFailure ?? "allow");
  return async (request, next) => {
    if (skip?.(request) === true) return next();
    const verdict = await take(`${name}:${shorten(key(request))}`);
    if (verdict === undefined) return next();
    const left = `"${name}";r=${verdict.remaining};t=${seconds(verdict.resetAfter)}`;
    if (!verdict.allowed) {
      const wait = Math.max(1, seconds(verdict.retryAfter));
      const headers = { "retry-after": String(wait), ratelimit: left, "ratelimit-policy": described };
      throw new HttpError(429, { detail: `Too many requests: the next one is free in ${wait} s.` }, { headers });
    }
    const response = await next();
    return { ...response, headers: [...response.headers, ["ratelimit", left], ["ratelimit-policy", described]] };
  };
}

/** Undefined when the store has failed and that is to be no refusal; warned of once until the store is well again. */
function guardStore(
  store: RateStore,
  policy: RatePolicy,
  onStoreFailure: "allow" | "refuse",
): (key: string) => Promise<RateVerdict | undefined> {
  let isFailing = false;
  return async (key) => {
    try {
      const verdict = await store.take(key, policy);
      isFailing = false;
      return verdict;
    } catch (cause) {
      if (onStoreFailure === "refuse") {
        throw new HttpError(503, { detail: "The request could not be counted." }, { cause });
      }
      if (!isFailing) warn(new Error("The store of rateLimit() failed: requests are not limited.", { cause }));
      isFailing = true;
      return undefined;
    }
  };
}

/** Rounded up: who comes back then is not too early. */
function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}

function shorten(key: string): string {
  return key.length <= maxKeyLength ? key : `#${hash("sha256", key, "base64url")}`;
}

function checkOptions(options: RateLimitOptions): void {
  const check = new CheckedOptions("rateLimit", options, optionNames);
  for (const name of ["limit", "window"]) {
    check.given(name, name === "limit" ? "a number of requests" : "a number of milliseconds");
    check.whole(name, 1, name === "limit" ? 999_999_999 : Number.MAX_SAFE_INTEGER);
  }
  check.kind("key", "function");
  check.kind("skip", "function");
  check.oneOf("algorithm", ["token-bucket", "sliding-window"]);
  check.oneOf("onStoreFailure", ["allow", "refuse"]);
  check.methods("store", ["take"]);
  const { name } = options;
  if (name !== undefined && !(typeof name === "string" && isToken(name))) check.refuse("name", 'a token such as "api"');
}
