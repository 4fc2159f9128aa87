/** What every engine offers: listen, say where, stop without losing a request. */

import type { TlsOptions } from "node:tls";
import type { RequestHandler } from "../http/request-handler.ts";
import type { Logger } from "../log/logger.ts";

/** Limits and times of a server; every one has a default. */
export interface EngineOptions {
  /** Head of a request in bytes, beyond which 431 is answered. */
  readonly maxHeaderBytes: number;
  /** Number of header lines, beyond which 431 is answered. */
  readonly maxHeaders: number;
  /** Request target in bytes, beyond which 414 is answered. */
  readonly maxTargetBytes: number;
  /** Milliseconds for a head to arrive, then 408. */
  readonly headTimeout: number;
  /** Milliseconds for a whole request to arrive, then 408. */
  readonly requestTimeout: number;
  /** Bytes a second that a body must bring on average while it is waited for, then 408. Engine "net" only. */
  readonly minBodyRate: number;
  /** Milliseconds that a body may be waited for before its rate counts. Engine "net" only. */
  readonly bodyGrace: number;
  /** Bytes of chunk extensions in one request, beyond which 413 is answered. Engine "net" only. */
  readonly maxChunkExtensionBytes: number;
  /** Bytes of trailer fields in one request, beyond which 431 is answered. Engine "net" only. */
  readonly maxTrailerBytes: number;
  /** Number of trailer lines in one request, beyond which 431 is answered. Engine "net" only. */
  readonly maxTrailers: number;
  /** Milliseconds that a client may take nothing of an answer that waits for it, then it is cut. Engine "net" only. */
  readonly writeTimeout: number;
  /** Milliseconds that an idle connection is kept. */
  readonly keepAliveTimeout: number;
  /** Requests on one connection before it is closed. */
  readonly maxRequestsPerConnection: number;
  /** Connections at once; further ones are dropped. */
  readonly maxConnections: number;
  /**
   * Milliseconds that a turn of the event loop may take. When turn after turn takes longer, there is more to do than can be done:
   * requests that come later in a turn are answered 503 with Retry-After at once. 0 for never; by default 100 in production. Engine "net" only.
   */
  readonly maxTurnTime: number;
}

export const defaultEngineOptions: EngineOptions = {
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  maxTargetBytes: 8_192,
  headTimeout: 10_000,
  requestTimeout: 300_000,
  minBodyRate: 1_024,
  bodyGrace: 10_000,
  maxChunkExtensionBytes: 4_096,
  maxTrailerBytes: 4_096,
  maxTrailers: 32,
  writeTimeout: 60_000,
  keepAliveTimeout: 65_000,
  maxRequestsPerConnection: 1_000,
  maxConnections: 10_000,
  maxTurnTime: 0,
};

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** In milliseconds. */
export interface StopTimes {
  /** How long requests in flight may take. */
  readonly deadline: number;
  /** How long an idle kept-alive connection may still bring a request, so that one on its way is answered. */
  readonly idleGrace: number;
}

/** "node" is `node:http`, "net" an engine of our own on `node:net`. */
export type EngineKind = "node" | "net";

/** What an engine is made of. */
export interface EngineParts {
  readonly handler: RequestHandler;
  readonly options: EngineOptions;
  readonly logger: Logger;
  /** Certificate, key and what else `tls.createServer()` takes; without it the server speaks plain text. */
  readonly tls: TlsOptions | undefined;
}

export interface Engine {
  /** Resolves with the bound address (port 0 becomes a free one); rejects with the system's error, e.g. EADDRINUSE. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops accepting, lets requests in flight finish until the deadline, then cuts what is left. */
  stop(times: StopTimes): Promise<void>;
}
