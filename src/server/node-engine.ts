/** The engine on `node:http`: limits, `100 Continue` on demand, and a stop that loses no request. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";
import { titleOf } from "../errors/problem.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import type { Engine, EngineOptions, EngineParts, ListenAddress, StopTimes } from "./engine.ts";
import { NodeRequest } from "./node-request.ts";
import { writeNodeResponse } from "./node-response.ts";
import { TlsHandshakes } from "./tls-handshakes.ts";
import { buildProblem, withoutUpgrade } from "./problem-response.ts";

/** How long the rest of a refused body is read and thrown away, so that the client gets to read its answer. */
const lingerTime = 1_000;
/** An unread body up to this many bytes is read away, so that its connection can be kept. */
const smallBody = 65_536;

/** What the engine knows of one connection. */
interface ConnectionState {
  active: number;
  served: number;
  /** The request that came last, and its answer. */
  last: { readonly message: IncomingMessage; readonly target: ServerResponse } | undefined;
  /** What malformed bytes behind the requests in flight will be answered with. */
  refusal: number | undefined;
  /** Whether a message came whose end is unclear: what was read behind it is no request. */
  isUnclear: boolean;
}

function createConnection(): ConnectionState {
  return { active: 0, served: 0, last: undefined, refusal: undefined, isUnclear: false };
}

class NodeEngine implements Engine {
  readonly #server: Server;
  readonly #handler: RequestHandler;
  readonly #options: EngineOptions;
  readonly #connections = new Map<Socket, ConnectionState>();
  #handshakes: TlsHandshakes | undefined;
  #stopping = false;

  constructor({ handler, options, tls }: EngineParts) {
    this.#handler = handler;
    this.#options = options;
    const settings = {
      maxHeaderSize: options.maxHeaderBytes,
      headersTimeout: Math.min(options.headTimeout, options.requestTimeout),
      requestTimeout: options.requestTimeout,
      keepAliveTimeout: options.keepAliveTimeout,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    };
    const handshakeTimeout = options.headTimeout;
    if (tls === undefined) this.#server = createServer(settings);
    else {
      const server = createTlsServer({ handshakeTimeout, ...tls, ...settings });
      this.#handshakes = new TlsHandshakes(server, () => {});
      this.#server = server;
    }
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = options.maxConnections;
    this.#server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      this.#connections.set(socket, createConnection());
      socket.once("close", () => this.#connections.delete(socket));
    });
    this.#server.on("request", (message, response) => void this.#answer(message, response, () => {}));
    this.#server.on("checkContinue", (message, response) => {
      void this.#answer(message, response, () => response.writeContinue());
    });
    this.#server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
  }

  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        const bound = this.#server.address() as AddressInfo;
        resolve({ host, port: bound.port });
      });
    });
  }

  async stop({ deadline, idleGrace }: StopTimes): Promise<void> {
    this.#stopping = true;
    const closed = new Promise<void>((resolve) => {
      // The http server's own close() cuts idle connections at once, and with them a request that is on its way.
      NetServer.prototype.close.call(this.#server, () => resolve());
    });
    const grace = setTimeout(() => this.#closeIdle(), Math.min(idleGrace, deadline));
    const cut = setTimeout(() => {
      this.#handshakes?.cut();
      this.#server.closeAllConnections();
    }, deadline);
    await closed;
    clearTimeout(grace);
    clearTimeout(cut);
    this.#server.close();
  }

  #closeIdle(): void {
    this.#handshakes?.cut();
    for (const [socket, { active }] of this.#connections) if (active === 0) socket.end();
  }

  async #answer(message: IncomingMessage, target: ServerResponse, beforeRead: () => void): Promise<void> {
    const { socket } = message;
    const connection = this.#connections.get(socket) ?? createConnection();
    if (connection.isUnclear) return;
    connection.isUnclear = hasUnclearEnd(message);
    connection.last = { message, target };
    connection.active += 1;
    connection.served += 1;
    const response = await this.#handle(message, target, beforeRead);
    const isWorn = connection.served >= this.#options.maxRequestsPerConnection;
    const close =
      connection.isUnclear || leavesTooMuch(message) || ((this.#stopping || isWorn) && connection.active === 1);
    const beforeEnd = message.complete ? undefined : () => drain(message);
    await writeNodeResponse(target, withoutUpgrade(response), { close, beforeEnd });
    if (!message.complete) socket.destroySoon();
    connection.active -= 1;
    if (connection.active > 0) return;
    if (connection.refusal !== undefined) endWithProblem(socket, connection.refusal);
    else if (this.#stopping) socket.end();
  }

  /** Bytes that are not HTTP, or came too late, get a short, correct answer and a closed connection. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const { active, last } = this.#connections.get(socket) ?? createConnection();
    const status = parserStatus.get(error.code ?? "") ?? 400;
    const isBehind = active > 0 && last?.message.complete === true;
    const isInside = active > 1 || (last?.target.headersSent === true && !last.target.writableFinished);
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    // The requests before are answered first (RFC 9112 §9.3.2).
    else if (isBehind) (this.#connections.get(socket) as ConnectionState).refusal = status;
    // Inside an answer that has begun, another one would be taken for its content.
    else if (isInside) socket.destroy();
    else endWithProblem(socket, status);
  }

  async #handle(message: IncomingMessage, target: ServerResponse, beforeRead: () => void): Promise<HttpResponse> {
    try {
      checkHead(message, this.#options);
      return await this.#handler.handle(new NodeRequest(message, target, beforeRead));
    } catch (error) {
      return buildProblem(error instanceof HttpError ? error : new HttpError(500));
    }
  }
}

/** An engine on `node:http` in front of a handler. */
export function createNodeEngine(parts: EngineParts): Engine {
  return new NodeEngine(parts);
}

/** A name, an IPv4 or a bracketed IPv6 address, and perhaps a port; empty where the target has no authority (RFC 9112 §3.2). */
const hostForm = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/;

/** What `node:http` lets through and should not: long targets, many lines, two Host fields (RFC 9112 §3.2). */
function checkHead(message: IncomingMessage, options: EngineOptions): void {
  const { rawHeaders } = message;
  if ((message.url ?? "").length > options.maxTargetBytes) throw new HttpError(414);
  if (rawHeaders.length / 2 > options.maxHeaders) {
    throw new HttpError(431, { detail: `A request may have ${options.maxHeaders} header lines.` });
  }
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() !== "host") continue;
    hosts += 1;
    if (!hostForm.test(rawHeaders[index + 1] as string))
      throw new HttpError(400, { detail: "The Host field is not a host." });
  }
  if (hasUnclearEnd(message)) throw new HttpError(400, { detail: "The only transfer coding is one chunked." });
  if (hosts > 1) throw new HttpError(400, { detail: "The request has more than one Host field." });
}

/** A coding other than exactly one chunked, or one in HTTP/1.0 (RFC 9112 §6.1). */
function hasUnclearEnd({ headers, httpVersionMinor }: IncomingMessage): boolean {
  const coding = headers["transfer-encoding"];
  return coding !== undefined && (coding.toLowerCase() !== "chunked" || httpVersionMinor === 0);
}

const parserStatus: ReadonlyMap<string, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

function endWithProblem(socket: Socket, status: number): void {
  if (!socket.writable) return;
  const body = JSON.stringify(new HttpError(status).toProblem());
  socket.end(
    `HTTP/1.1 ${status} ${titleOf(status)}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Whether more of the body is unread than is worth reading away for the sake of the connection. */
function leavesTooMuch(message: IncomingMessage): boolean {
  const length = Number(message.headers["content-length"] ?? Number.NaN);
  return !message.complete && (message.headers.expect !== undefined || !(length <= smallBody));
}

/** Reads on for a moment without keeping anything: closing at once would reset the connection and lose the answer. */
function drain(message: IncomingMessage): Promise<void> {
  if (message.complete || message.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      message.off("end", done);
      message.off("close", done);
      message.off("error", done);
      message.on("error", () => {});
      resolve();
    };
    const timer = setTimeout(done, lingerTime);
    message.on("end", done);
    message.on("close", done);
    message.on("error", done);
    message.resume();
  });
}
