/** The public keys that an issuer publishes (JWKS, RFC 7517 §5), fetched rarely, in bounds, and never because a token says so. */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";

/** How keys are fetched; times in milliseconds. */
export interface JwksFetchOptions {
  /** How long the issuer may take to answer; 5 seconds by default. */
  readonly timeout?: number | undefined;
  /** How long keys are kept before they are fetched anew; 10 minutes by default. */
  readonly maxAge?: number | undefined;
  /** How long after a fetch a token with an unknown key does not cause another; 30 seconds by default. */
  readonly cooldown?: number | undefined;
  /** Allows http to another machine, where whoever is in between can put his own keys. Default false. */
  readonly allowHttp?: boolean | undefined;
}

/** No issuer has so many keys. */
const maxBytes = 1_048_576;

/** After a failed fetch, how long requests are answered without another. */
const failurePause = 1_000;

/** What is a token's fault: its key is not there, or not said. */
const tokenFaults: readonly unknown[] = [
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
  errors.JOSENotSupported.code,
];

/**
 * Finds keys by the token's `kid` and `alg`. Keys that cannot be fetched are the server's trouble: a 503, since a 401
 * would make clients throw good tokens away.
 * @throws ApusError APUS_BAD_OPTION for a URL that is none, or not safe.
 */
export function createRemoteKeys(url: URL, options: JwksFetchOptions = {}): JWTVerifyGetKey {
  const check = new CheckedOptions("jwt", options, ["timeout", "maxAge", "cooldown", "allowHttp"]);
  check.whole("timeout", 1, longestTime);
  check.whole("maxAge", 1);
  check.whole("cooldown", 0);
  check.kind("allowHttp", "boolean");
  checkUrl(url, options.allowHttp === true);
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: options.timeout ?? 5_000,
    cacheMaxAge: options.maxAge ?? 600_000,
    cooldownDuration: options.cooldown ?? 30_000,
    [customFetch]: createFetch(),
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError && tokenFaults.includes(error.code)) throw error;
      throw new HttpError(503, "The keys that tokens are verified with cannot be had now.", {
        headers: { "retry-after": "5" },
        cause: error,
      });
    }
  };
}

function checkUrl({ protocol, hostname, username, password }: URL, allowHttp: boolean): void {
  const isHere = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  const isSafe = protocol === "https:" || (protocol === "http:" && (isHere || allowHttp));
  if (isSafe && username === "" && password === "") return;
  const message =
    "jwt({ jwks }) must be an https URL without a password: over http, others could give you their keys (jwksFetch.allowHttp allows it in a network that is yours).";
  throw new ApusError("APUS_BAD_OPTION", message);
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

function createFetch(): Fetch {
  let failure: unknown;
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (url, init) => {
    if (performance.now() - failedAt < failurePause) throw failure;
    try {
      const answer = await fetch(url, init);
      const content = await readBounded(answer);
      if (answer.status !== 200) throw new Error(`The key set was answered with status ${answer.status}.`);
      // The same as the library's own reading, but here a failure is remembered.
      createLocalJWKSet(JSON.parse(content.toString()) as JSONWebKeySet);
      return new Response(content, { status: 200 });
    } catch (error) {
      failure = error;
      failedAt = performance.now();
      throw error;
    }
  };
}

async function readBounded({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of body ?? []) {
    total += part.length;
    if (total > maxBytes) throw new Error(`The key set has more than ${maxBytes} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts, total);
}
