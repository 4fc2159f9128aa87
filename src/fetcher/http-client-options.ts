/** What `httpClient()` takes. */

import type { AddressGuardOptions } from "./address-guard.ts";

/** Milliseconds; each stage has its own. */
export interface UpstreamTimeouts {
  /** Waiting for a free place; 1 second by default. */
  readonly queue?: number;
  /** Finding the address, connecting, and TLS; 5 seconds by default. */
  readonly connect?: number;
  /** From the end of the request to the head of the answer; 15 seconds by default. */
  readonly head?: number;
  /** Between two pieces of the answer's content; 15 seconds by default. */
  readonly idle?: number;
  /** The whole call, retries and content included; 30 seconds by default. Of a stream, all up to the head. */
  readonly total?: number;
  /** How long nobody may read from a stream before it is given up; 1 minute by default. */
  readonly unread?: number;
}

export interface RetryOptions {
  /** How often a call is made again; 2 by default. */
  readonly limit?: number;
  /** Milliseconds that the first wait takes at most; doubled each time. 100 by default. */
  readonly base?: number;
  /** Milliseconds that a wait takes at most; when `Retry-After` says more, the call is not made again. 5 seconds by default. */
  readonly longest?: number;
}

export interface BreakerOptions {
  /** The share of failed calls at which it opens; 0.5 by default. */
  readonly ratio?: number;
  /** Calls within the window below which it does not open; 20 by default. */
  readonly minimum?: number;
  /** Milliseconds that it looks back; 10 seconds by default. */
  readonly window?: number;
  /** Milliseconds that it stays open before one call is tried; 5 seconds by default. */
  readonly pause?: number;
}

export interface RedirectOptions {
  /** How many are followed; 5 by default, 0 for none. */
  readonly limit?: number;
  /** Other origins that are called as `baseUrl` is; all others are called as a user's URL would be. */
  readonly origins?: readonly string[];
}

export interface UpstreamCacheOptions {
  /** Bytes of all answers together; 32 MiB by default. */
  readonly maxBytes?: number;
  /** Bytes of one answer; 1 MiB by default. */
  readonly maxEntryBytes?: number;
}

/** As for `tls.connect()`. */
export interface UpstreamTls {
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface HttpClientOptions {
  /** Scheme, host and, when there is one, the path before all others. Only a client of `untrusted` URLs has none. */
  readonly baseUrl?: string | URL;
  /** How answers and logs call it; the host by default. */
  readonly name?: string;
  /** Fields of every call. They are not sent to other origins. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: UpstreamTimeouts;
  /** How often a call is made again that has the same effect twice as once; 2 by default, 0 for never. */
  readonly retries?: number | RetryOptions;
  readonly breaker?: false | BreakerOptions;
  /** Calls under way at a time, for each origin; 64 by default. */
  readonly concurrency?: number;
  /** Calls that may wait, for each origin; 256 by default. More are refused with 503. */
  readonly queue?: number;
  /** Bytes of an answer, decoded; 10 MiB by default. Streams have no limit unless a call gives one. */
  readonly maxBytes?: number;
  /** How many redirects are followed, 5 by default. */
  readonly redirects?: number | RedirectOptions;
  /** Speaks HTTP/2 where it is offered (TLS only); true by default. */
  readonly http2?: boolean;
  /** Keeps cookies, for all calls together; needs the package "tough-cookie". False by default. */
  readonly cookies?: boolean;
  /** Keeps answers that may be kept by a shared cache (RFC 9111), in memory. False by default. */
  readonly cache?: boolean | UpstreamCacheOptions;
  readonly tls?: UpstreamTls;
  /** Sends request id, trace and deadline of the running request along; true by default. */
  readonly propagate?: boolean;
  /** Every URL is a user's: absolute, and only public addresses are called. False by default. */
  readonly untrusted?: boolean;
  /** What may be called of the URLs of users. */
  readonly guard?: AddressGuardOptions;
  /** Path that `check()` asks for; without one it only tells whether the breaker is open. */
  readonly check?: string;
  /** Milliseconds that calls under way are given when the app ends; 5 seconds by default. */
  readonly grace?: number;
}
