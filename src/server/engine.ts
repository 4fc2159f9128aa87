/** What every engine offers: listen, say where, stop without losing a request. */

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
  /** Milliseconds that an idle connection is kept. */
  readonly keepAliveTimeout: number;
  /** Requests on one connection before it is closed. */
  readonly maxRequestsPerConnection: number;
  /** Connections at once; further ones wait in the backlog's place and are dropped. */
  readonly maxConnections: number;
}

export const defaultEngineOptions: EngineOptions = {
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  maxTargetBytes: 8_192,
  headTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  maxRequestsPerConnection: 1_000,
  maxConnections: 10_000,
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

export interface Engine {
  /** Resolves with the bound address (port 0 becomes a free one); rejects with the system's error, e.g. EADDRINUSE. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops accepting, lets requests in flight finish until the deadline, then cuts what is left. */
  stop(times: StopTimes): Promise<void>;
}
