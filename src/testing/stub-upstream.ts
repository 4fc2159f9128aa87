/** A service for tests, on a loopback port: answers as it is told, and keeps what it was asked. */

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { ApusError } from "../errors/apus-error.ts";
import { builtinConverters } from "../routing/converter.ts";
import { parsePathTemplate } from "../routing/path-template.ts";
import { RouteTree } from "../routing/route-tree.ts";

/** One call that the stub was asked. */
export interface StubCall {
  readonly method: string;
  /** Parameters of the route's template. */
  readonly path: Readonly<Record<string, unknown>>;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** The body as text. */
  readonly text: () => string;
  /** The body as JSON. */
  readonly json: () => unknown;
  /** Fires when the caller has gone before the answer was complete. */
  readonly signal: AbortSignal;
  /** Breaks the connection off. */
  readonly reset: () => Promise<never>;
  /** Never answers. */
  readonly stall: () => Promise<never>;
}

/** A `Response`, or a value that is sent as JSON (204 for undefined); or a function that gives one. */
export type StubRoute = Response | ((call: StubCall) => unknown) | StubValue;

type StubValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** Routes by method and template: `{ "GET /users/{name}": ({ path }) => ({ name: path.name }) }`. */
export type StubRoutes = Readonly<Record<string, StubRoute>>;

export interface StubUpstream extends AsyncDisposable {
  /** Scheme, host and port, for `baseUrl`. */
  readonly url: string;
  /** In the order of their arrival; those without a route as well. */
  readonly calls: readonly StubCall[];
  /** Connections that are open. */
  readonly connections: number;
  /** Resolves with the call of this number, from 1 on, as soon as it is there. */
  called(number?: number): Promise<StubCall>;
  /** Breaks off what is under way, and stops. */
  close(): Promise<void>;
}

/**
 * Starts it: `await using upstream = await stubUpstream({ "GET /price": { amount: 5 } })`. What has no route is a 404.
 * @throws ApusError for a route that cannot be read
 */
export async function stubUpstream(routes: StubRoutes = {}): Promise<StubUpstream> {
  const stub = new RunningStub(buildTree(routes));
  await stub.listen();
  return stub;
}

function buildTree(routes: StubRoutes): RouteTree<StubRoute> {
  const tree = new RouteTree<StubRoute>();
  for (const [name, value] of Object.entries(routes)) {
    const [method = "", path = "", ...rest] = name.split(" ");
    if (method !== method.toUpperCase() || path === "" || rest.length > 0) {
      const message = `stubUpstream() was given the route ${JSON.stringify(name)}: write it as "GET /users/{name}".`;
      throw new ApusError("APUS_BAD_OPTION", message);
    }
    const template = parsePathTemplate(path, builtinConverters);
    tree.add({ method, template, value, declaredAt: "stubUpstream()" });
  }
  return tree;
}

class RunningStub implements StubUpstream {
  url = "";
  readonly calls: StubCall[] = [];
  readonly #tree: RouteTree<StubRoute>;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #waiting: (() => void)[] = [];

  constructor(tree: RouteTree<StubRoute>) {
    this.#tree = tree;
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
    });
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async called(number = 1): Promise<StubCall> {
    for (;;) {
      const call = this.calls[number - 1];
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leaving = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished) leaving.abort(new Error("The caller has gone."));
    });
    try {
      const body = await buffer(request);
      const { method = "GET", url = "/" } = request;
      const match = this.#tree.match(method, url.split("?", 1)[0] ?? "/");
      const path = match.kind === "found" ? match.parameters : {};
      const call = createCall({ request, body, path, signal: leaving.signal });
      this.calls.push(call);
      for (const resolve of this.#waiting.splice(0)) resolve();
      const missing = Response.json({ title: "Not Found", status: 404 }, { status: 404 });
      await send(response, match.kind === "found" ? await runRoute(match.route.value, call) : missing);
    } catch (error) {
      if (leaving.signal.aborted || response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    }
  }
}

interface CallParts {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly path: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

function createCall({ request, body, path, signal }: CallParts): StubCall {
  const { method = "GET", url = "/", headers, socket } = request;
  const whenGone = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  return {
    method,
    path,
    url,
    query: new URL(url, "http://stub").searchParams,
    headers,
    body,
    text: () => body.toString(),
    json: () => JSON.parse(body.toString()) as unknown,
    signal,
    reset: () => {
      socket.resetAndDestroy();
      return whenGone();
    },
    stall: whenGone,
  };
}

async function runRoute(route: StubRoute, call: StubCall): Promise<Response> {
  const given: unknown = typeof route === "function" ? await route(call) : route;
  if (given === undefined) return new Response(null, { status: 204 });
  if (!(given instanceof Response)) return Response.json(given);
  // What stands in the table is answered with more than once.
  return given === route ? given.clone() : given;
}

async function send(response: ServerResponse, answer: Response): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.appendHeader(name, value);
  if (answer.body === null) response.end();
  else await pipeline(Readable.fromWeb(answer.body), response);
}
