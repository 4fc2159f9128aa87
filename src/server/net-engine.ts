/** The engine on `node:net`: an HTTP/1.1 server of our own, strict in what it reads, that loses no request when it stops. */

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import type { RequestHandler } from "../http/request-handler.ts";
import { Connection } from "./connection.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import type { Engine, EngineOptions, EngineParts, ListenAddress, StopTimes } from "./engine.ts";
import { LoadShedder } from "./load-shedder.ts";
import { TlsHandshakes } from "./tls-handshakes.ts";

/** What happened since the start. */
export interface NetCounters {
  readonly connections: number;
  readonly requests: number;
  /** Messages that were no HTTP, or passed a limit. */
  readonly refused: number;
  /** Heads and bodies that did not arrive in time. */
  readonly timedOut: number;
  /** Requests answered 503 because there were more than could be answered in time. */
  readonly shed: number;
}

export interface NetEngine extends Engine {
  readonly counters: NetCounters;
}

/** A client that has sent its request may end its side and still gets the answer. */
const socketOptions = { allowHalfOpen: true, noDelay: true } as const;

/** Milliseconds between two looks at the deadlines, at most. */
const maxResolution = 1_000;
const minResolution = 20;

class OwnEngine implements NetEngine, ConnectionHost {
  readonly handler: RequestHandler;
  readonly options: EngineOptions;
  readonly wheel: DeadlineWheel;
  readonly shedder: LoadShedder;
  readonly scheme: "http" | "https";
  readonly counters = { connections: 0, requests: 0, refused: 0, timedOut: 0, shed: 0 };
  isStopping = false;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #handshakes: TlsHandshakes | undefined;

  constructor({ handler, options, tls, logger }: EngineParts) {
    this.handler = handler;
    this.options = options;
    this.scheme = tls === undefined ? "http" : "https";
    this.wheel = new DeadlineWheel(chooseResolution(options));
    this.shedder = new LoadShedder(options.maxTurnTime, (refused) => {
      this.counters.shed += refused;
      logger.warn(`Overloaded: ${refused} requests were answered 503, so that the others are answered in time`);
    });
    this.#server = tls === undefined ? createServer(socketOptions) : this.#createTlsServer(tls);
    this.#server.maxConnections = options.maxConnections;
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => this.#accept(socket));
  }

  #createTlsServer(tls: NonNullable<EngineParts["tls"]>): Server {
    const handshakeTimeout = this.options.headTimeout;
    const server = createTlsServer({ handshakeTimeout, ...tls, ...socketOptions, ALPNProtocols: ["http/1.1"] });
    // Anybody can fail to shake hands: that is counted, not logged.
    this.#handshakes = new TlsHandshakes(server, () => (this.counters.refused += 1));
    return server;
  }

  #accept(socket: Socket): void {
    const connection = new Connection(socket, this);
    this.counters.connections += 1;
    this.#connections.add(connection);
    this.wheel.add(connection);
  }

  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        // Running out of descriptors is no reason to end: what listens goes on when there are some again.
        this.#server.on("error", () => {});
        this.wheel.start();
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  async stop({ deadline, idleGrace }: StopTimes): Promise<void> {
    this.isStopping = true;
    // One turn of the loop, so that whoever has connected already is accepted; another one below, so that what has come is read.
    await turn();
    const ended = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    const grace = setTimeout(() => setImmediate(() => this.#closeIdle()), Math.min(idleGrace, deadline));
    const cut = setTimeout(() => this.#cutAll(), deadline);
    await ended;
    clearTimeout(grace);
    clearTimeout(cut);
    this.wheel.stop();
    this.shedder.stop();
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    this.wheel.remove(connection);
  }

  #closeIdle(): void {
    this.#handshakes?.cut();
    for (const connection of this.#connections) if (connection.isIdle) connection.close();
  }

  #cutAll(): void {
    this.#handshakes?.cut();
    for (const connection of this.#connections) connection.destroy();
  }
}

/** An engine on `node:net` in front of a handler. */
export function createNetEngine(parts: EngineParts): NetEngine {
  return new OwnEngine(parts);
}

/** Fine enough for the shortest of the times. */
function chooseResolution(options: EngineOptions): number {
  const { headTimeout, requestTimeout, keepAliveTimeout, bodyGrace, writeTimeout } = options;
  const shortest = Math.min(headTimeout, requestTimeout, keepAliveTimeout, bodyGrace, writeTimeout);
  return Math.max(minResolution, Math.min(maxResolution, shortest / 4));
}
