/** A server that listens: says where, and stops without losing a request. */

import type { TlsOptions } from "node:tls";
import type { RequestHandler } from "../http/request-handler.ts";
import type { Logger } from "../log/logger.ts";
import {
  defaultEngineOptions,
  type Engine,
  type EngineKind,
  type EngineOptions,
  type EngineParts,
} from "../server/engine.ts";
import { createNetEngine } from "../server/net-engine.ts";
import { createNodeEngine } from "../server/node-engine.ts";
import { onStopSignal } from "../server/stop-signals.ts";

export interface ListenOptions {
  /** 8000 by default; 0 takes a free one. */
  readonly port?: number;
  /** "127.0.0.1" by default; "0.0.0.0" or "::" for every interface. */
  readonly host?: string;
  /** Milliseconds that requests in flight may take after the stop began; 10,000 by default. */
  readonly stopTimeout?: number;
  /** Milliseconds between "not ready" and the end of accepting, for load balancers that ask `/ready`; 0 by default. */
  readonly stopDelay?: number;
  /** Milliseconds that an idle kept-alive connection may still bring a request after the stop began; 250 by default. */
  readonly idleGrace?: number;
  /** Whether SIGTERM and SIGINT stop the server; true by default. */
  readonly signals?: boolean;
  /** What speaks HTTP: "net" (our own, the default) or "node" (`node:http`). */
  readonly engine?: EngineKind;
  /** Certificate and key, as `tls.createServer()` takes them: then the server speaks HTTPS. */
  readonly tls?: TlsOptions;
  /** Limits of the engine; each has a documented default. */
  readonly limits?: Partial<EngineOptions>;
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Not ready, no new connections, requests in flight finish, lifespans end. The same promise for every call. */
  stop(): Promise<void>;
}

/** What the server needs of its app. */
export interface ServerOwner {
  /** Whether requests are shed under overload; in tests and on a developer's machine, long turns have other reasons. */
  readonly isProduction: boolean;
  readonly logger: Logger;
  readonly docsPath: string | undefined;
  readonly notReady: () => void;
  readonly stopApp: () => Promise<void>;
}

/** Milliseconds. */
const productionTurnTime = 100;

const engines: Readonly<Record<EngineKind, (parts: EngineParts) => Engine>> = {
  node: createNodeEngine,
  net: createNetEngine,
};

export async function startServer(
  handler: RequestHandler,
  options: ListenOptions,
  owner: ServerOwner,
): Promise<RunningServer> {
  const { port = 8000, host = "127.0.0.1", stopDelay = 0, signals = true, limits } = options;
  const { stopTimeout: deadline = 10_000, idleGrace = 250 } = options;
  const engine = engines[options.engine ?? "net"]({
    handler,
    options: { ...defaultEngineOptions, ...(owner.isProduction && { maxTurnTime: productionTurnTime }), ...limits },
    logger: owner.logger,
    tls: options.tls,
  });
  const bound = await engine.listen({ host, port });
  const url = `${options.tls === undefined ? "http" : "https"}://${formatHost(host)}:${bound.port}`;
  let stopped: Promise<void> | undefined;
  const stopEngine = async (): Promise<void> => {
    forgetSignals();
    owner.notReady();
    owner.logger.info("Stopping", { url });
    if (stopDelay > 0) await new Promise((resolve) => setTimeout(resolve, stopDelay));
    await engine.stop({ deadline, idleGrace });
    await owner.stopApp();
    owner.logger.info("Stopped", { url });
  };
  const server: RunningServer = {
    url,
    host,
    port: bound.port,
    stop: () => (stopped ??= stopEngine()),
    [Symbol.asyncDispose]: () => server.stop(),
  };
  // After a signal nobody waits for the stop: the log is where its error can be told.
  const stopBySignal = async (): Promise<void> => {
    try {
      await server.stop();
    } catch (error) {
      owner.logger.error("The stop failed", { error });
      throw error;
    }
  };
  const forgetSignals = signals ? onStopSignal(stopBySignal) : () => {};
  announce(owner, url);
  return server;
}

function announce({ logger, docsPath }: ServerOwner, url: string): void {
  logger.info(`Listening on ${url}`, docsPath === undefined ? {} : { docs: `${url}${docsPath}` });
}

/** A host that a browser can open. */
function formatHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
