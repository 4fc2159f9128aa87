/** The engine on `node:http`: limits, `100 Continue` on demand, and a stop that loses no request. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Server as NetServer, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { titleOf } from "../errors/problem.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import type { Engine, EngineOptions, ListenAddress, StopTimes } from "./engine.ts";
import { NodeRequest } from "./node-request.ts";
import { writeNodeResponse } from "./node-response.ts";

/** How long the rest of a refused body is read and thrown away, so that the client gets to read its answer. */
const lingerTime = 1_000;
/** An unread body up to this many bytes is read away, so that its connection can be kept. */
const smallBody = 65_536;

/** What the engine knows of one connection. */
interface ConnectionState {
  active: number;
  served: number;
}

class NodeEngine implements Engine {
  readonly #server: Server;
  readonly #handler: RequestHandler;
  readonly #options: EngineOptions;
  readonly #connections = new Map<Socket, ConnectionState>();
  #stopping = false;

  constructor(handler: RequestHandler, options: EngineOptions) {
    this.#handler = handler;
    this.#options = options;
    this.#server = createServer({
      maxHeaderSize: options.maxHeaderBytes,
      headersTimeout: options.headTimeout,
      requestTimeout: options.requestTimeout,
      keepAliveTimeout: options.keepAliveTimeout,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    });
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("connection", (socket: Socket) => {
      this.#connections.set(socket, { active: 0, served: 0 });
      socket.once("close", () => this.#connections.delete(socket));
    });
    this.#server.on("request", (message, response) => void this.#answer(message, response, () => {}));
    this.#server.on("checkContinue", (message, response) => {
      void this.#answer(message, response, () => response.writeContinue());
    });
    this.#server.on("clientError", refuseMalformed);
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
    const cut = setTimeout(() => this.#server.closeAllConnections(), deadline);
    await closed;
    clearTimeout(grace);
    clearTimeout(cut);
    this.#server.close();
  }

  #closeIdle(): void {
    for (const [socket, { active }] of this.#connections) if (active === 0) socket.end();
  }

  async #answer(message: IncomingMessage, target: ServerResponse, beforeRead: () => void): Promise<void> {
    const { socket } = message;
    const connection = this.#connections.get(socket) ?? { active: 0, served: 0 };
    connection.active += 1;
    connection.served += 1;
    const response = await this.#handle(message, target, beforeRead);
    const unread = !message.complete && !(await drainSmall(message));
    const worn = connection.served >= this.#options.maxRequestsPerConnection;
    const close = unread || ((this.#stopping || worn) && connection.active === 1);
    await writeNodeResponse(target, response, { close, beforeEnd: unread ? () => linger(message) : undefined });
    connection.active -= 1;
    if (this.#stopping && connection.active === 0) socket.end();
  }

  async #handle(message: IncomingMessage, target: ServerResponse, beforeRead: () => void): Promise<HttpResponse> {
    try {
      checkHead(message, this.#options);
      return await this.#handler.handle(new NodeRequest(message, target, beforeRead));
    } catch (error) {
      return buildPlainProblem(error instanceof HttpError ? error : new HttpError(500));
    }
  }
}

/** An engine on `node:http` in front of a handler. */
export function createNodeEngine(handler: RequestHandler, options: EngineOptions): Engine {
  return new NodeEngine(handler, options);
}

/** What `node:http` lets through and should not: long targets, many lines, two Host fields (RFC 9112 §3.2). */
function checkHead(message: IncomingMessage, options: EngineOptions): void {
  const { rawHeaders } = message;
  if ((message.url ?? "").length > options.maxTargetBytes) throw new HttpError(414);
  if (rawHeaders.length / 2 > options.maxHeaders) {
    throw new HttpError(431, { detail: `A request may have ${options.maxHeaders} header lines.` });
  }
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if ((rawHeaders[index] as string).toLowerCase() === "host") hosts += 1;
  }
  if (hosts > 1) throw new HttpError(400, { detail: "The request has more than one Host field." });
}

function buildPlainProblem(error: HttpError): HttpResponse {
  const body = JSON.stringify(error.toProblem());
  return { status: error.status, headers: [["content-type", "application/problem+json"]], body };
}

const parserStatus: ReadonlyMap<string, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** Bytes that are not HTTP get a short, correct answer and a closed connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = parserStatus.get(error.code ?? "") ?? 400;
  const body = JSON.stringify(new HttpError(status).toProblem());
  socket.end(
    `HTTP/1.1 ${status} ${titleOf(status)}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** Takes what is left of a small body off the connection, so that it can be kept. */
function drainSmall(message: IncomingMessage): Promise<boolean> {
  const length = Number(message.headers["content-length"] ?? Number.NaN);
  const waits = message.headers.expect !== undefined;
  if (waits || !(length <= smallBody)) return Promise.resolve(false);
  return drain(message);
}

/** Reads on for a moment without keeping anything: closing at once would reset the connection and lose the answer. */
async function linger(message: IncomingMessage): Promise<void> {
  await drain(message);
}

function drain(message: IncomingMessage): Promise<boolean> {
  if (message.complete || message.destroyed) return Promise.resolve(message.complete);
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      message.off("end", done);
      message.off("close", done);
      message.off("error", done);
      message.on("error", () => {});
      resolve(message.complete);
    };
    const timer = setTimeout(done, lingerTime);
    message.on("end", done);
    message.on("close", done);
    message.on("error", done);
    message.resume();
  });
}
