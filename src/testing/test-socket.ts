/** A WebSocket of a test: opened through the test client's server, with its headers and cookies. */

import { ApusError } from "../errors/apus-error.ts";
import { connectSocket, type ConnectedSocket, type ConnectOptions } from "../websocket/connect-socket.ts";
import type { RawMessage } from "../websocket/typed-socket.ts";
import type { CookieJar } from "./cookie-jar.ts";

export interface TestSocket extends ConnectedSocket, AsyncIterable<RawMessage>, AsyncDisposable {
  /** Sends a value as JSON. */
  sendJson(value: unknown): Promise<void>;
  /** The next message, read as JSON. The type is only claimed. */
  receiveJson<Message = unknown>(): Promise<Message>;
}

export interface TestSocketParts {
  /** Where the server listens; undefined in process. */
  readonly baseUrl: string | undefined;
  readonly cookies: CookieJar;
  /** Of every call. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @throws ApusError APUS_BAD_OPTION in process, where there is no connection to change;
 * SocketRefusedError when the handshake is answered in another way
 */
export async function openTestSocket(
  { baseUrl, cookies, headers }: TestSocketParts,
  path: string,
  options: ConnectOptions = {},
): Promise<TestSocket> {
  if (baseUrl === undefined) {
    const message = "A WebSocket needs a connection: make the client with testClient(app, { socket: true }).";
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  const url = new URL(path, baseUrl);
  const cookie = cookies.header(url.pathname);
  const own = { ...(cookie !== undefined && { cookie }), ...headers, ...options.headers };
  const socket = await connectSocket(url.href, { ...options, headers: own });
  cookies.store(new Response(null, { headers: socket.headers }));
  const receiveJson = async <Message>(): Promise<Message> => JSON.parse(String(await socket.receive())) as Message;
  return Object.assign(socket, {
    sendJson: (value: unknown) => socket.send(JSON.stringify(value)),
    receiveJson,
    [Symbol.asyncIterator]: () => receiveAll(socket),
    [Symbol.asyncDispose]: async () => void (await socket.close()),
  });
}

/** Every message until the connection is closed. */
async function* receiveAll(socket: ConnectedSocket): AsyncGenerator<RawMessage, void, undefined> {
  for (;;) {
    let message: RawMessage;
    try {
      message = await socket.receive();
    } catch {
      return;
    }
    yield message;
  }
}
