/** A client for tests: typed like the real one, in process or through a socket, with cookies, redirects and lifespan. */

import type { App } from "../app/app.ts";
import { watchFailures, type FailureWatch } from "../app/failure-watch.ts";
import type { Client } from "../client/client-types.ts";
import { createClient } from "../client/create-client.ts";
import type { EngineKind } from "../server/engine.ts";
import type { ConnectOptions } from "../websocket/connect-socket.ts";
import { CookieJar } from "./cookie-jar.ts";
import { openTestSocket, type TestSocket } from "./test-socket.ts";

export interface TestClientOptions {
  /** Serve on a free loopback port and call through it, by the default engine or the named one; in process otherwise. */
  readonly socket?: boolean | EngineKind;
  /** Follow redirects within the app; true by default. */
  readonly followRedirects?: boolean;
  /** Rejects a call with the app's own error when it is answered with a 5xx; false by default. */
  readonly raiseServerErrors?: boolean;
  /** Headers of every call. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type TestClient<Module> = Client<Module> &
  AsyncDisposable & {
    readonly baseUrl: string;
    readonly cookies: CookieJar;
    /** Any request, by path or URL; the answer as it is. */
    fetch(path: string, init?: RequestInit): Promise<Response>;
    /**
     * Opens a WebSocket; only for a client with `socket`.
     * @throws SocketRefusedError with the answer that refused it
     */
    websocket(path: string, options?: ConnectOptions): Promise<TestSocket>;
    /** Stops the server, if there is one, and ends the app's lifespans. */
    close(): Promise<void>;
  };

const maxRedirects = 20;

interface Session {
  readonly baseUrl: string;
  readonly perform: (url: string, init: RequestInit) => Promise<Response>;
  readonly cookies: CookieJar;
  readonly follow: boolean;
  readonly failures: FailureWatch | undefined;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: an app of any converters
type AnyApp = App<any>;

/**
 * Starts the app, lifespans included, and gives a client for it: `await using client = await testClient<typeof api>(app)`.
 * Without a module type the typed methods take no path; `fetch` takes any.
 */
export async function testClient<Module = Record<never, never>>(
  app: AnyApp,
  options: TestClientOptions = {},
): Promise<TestClient<Module>> {
  const { socket = false } = options;
  const engine = typeof socket === "string" ? { engine: socket } : {};
  const server = socket === false ? undefined : await app.listen({ port: 0, signals: false, idleGrace: 0, ...engine });
  await app.start();
  const session: Session = {
    baseUrl: server?.url ?? "http://testserver",
    perform: server === undefined ? (url, init) => app.fetch(buildRequest(url, init)) : (url, init) => fetch(url, init),
    cookies: new CookieJar(),
    follow: options.followRedirects ?? true,
    failures: options.raiseServerErrors === true ? watchFailures() : undefined,
  };
  const headers = options.headers ?? {};
  const client = createClient<Module>({
    baseUrl: session.baseUrl,
    headers,
    fetch: (url, init) => perform(session, url, init),
  });
  const close = async (): Promise<void> => {
    session.failures?.stop();
    await app.stop();
  };
  return Object.assign(client, {
    baseUrl: session.baseUrl,
    cookies: session.cookies,
    fetch: (path: string, init: RequestInit = {}) => {
      const merged = { ...init, headers: mergeHeaders(headers, init.headers) };
      return perform(session, new URL(path, session.baseUrl).href, merged);
    },
    websocket: (path: string, sent?: ConnectOptions) =>
      openTestSocket({ baseUrl: server?.url, cookies: session.cookies, headers }, path, sent),
    close,
    [Symbol.asyncDispose]: close,
  });
}

function mergeHeaders(ours: Readonly<Record<string, string>>, theirs: RequestInit["headers"]): Headers {
  const merged = new Headers(ours);
  for (const [name, value] of new Headers(theirs)) merged.set(name, value);
  return merged;
}

/** A platform request; a streamed body needs `duplex`, which only this kind of request knows. */
function buildRequest(url: string, init: RequestInit): Request {
  return new Request(url, init.body === undefined || init.body === null ? init : { ...init, duplex: "half" });
}

async function perform(session: Session, url: string, init: RequestInit): Promise<Response> {
  let target = new URL(url);
  let request: RequestInit = { ...init, redirect: "manual" };
  for (let count = 0; count <= maxRedirects; count += 1) {
    const headers = new Headers(request.headers);
    const cookie = session.cookies.header(target.pathname);
    if (cookie !== undefined && !headers.has("cookie")) headers.set("cookie", cookie);
    const response = await session.perform(target.href, { ...request, headers });
    raiseFailure(session, response);
    session.cookies.store(response);
    const location = response.headers.get("location");
    if (!session.follow || init.redirect === "manual" || location === null || !isRedirect(response.status))
      return response;
    target = new URL(location, target);
    if (target.origin !== new URL(session.baseUrl).origin) return response;
    request = changeMethod(request, response.status);
    await response.body?.cancel();
  }
  throw new Error(`The app redirected more than ${maxRedirects} times, at last to ${target.href}.`);
}

function raiseFailure({ failures }: Session, response: Response): void {
  if (response.status < 500 || failures === undefined) return;
  const failure = failures.take(response.headers.get("x-request-id") ?? "");
  if (failure !== undefined) throw failure as Error;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Which method follows a redirect (Fetch standard, HTTP-redirect fetch, step 12). */
function changeMethod(request: RequestInit, status: number): RequestInit {
  const method = (request.method ?? "GET").toUpperCase();
  const becomesGet = (status === 303 && method !== "GET" && method !== "HEAD") || (status < 303 && method === "POST");
  if (!becomesGet) return request;
  const headers = new Headers(request.headers);
  headers.delete("content-type");
  const { body: _body, ...rest } = request;
  return { ...rest, method: "GET", headers };
}
