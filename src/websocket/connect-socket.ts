/** The client's end of a WebSocket, for tests: with headers of any kind, and with the answer when it is refused. */

import type { IncomingMessage } from "node:http";
import { loadWs } from "./load-ws.ts";
import { MessageInbox } from "./message-inbox.ts";
import { SocketClosedError } from "./socket-closed-error.ts";
import type { RawMessage, SocketEnd } from "./typed-socket.ts";

export interface ConnectOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly protocols?: readonly string[] | undefined;
}

/** The handshake was answered with something else than a 101. */
export class SocketRefusedError extends Error {
  override readonly name = "SocketRefusedError";
  /** The answer: a problem document, mostly. */
  readonly response: Response;

  constructor(url: string, response: Response) {
    super(`${url} refused the WebSocket with ${response.status}.`);
    this.response = response;
  }
}

/** What is used of the library's client. */
interface WsClient {
  readonly protocol: string;
  on(event: "open", listener: () => void): this;
  on(event: "upgrade", listener: (response: IncomingMessage) => void): this;
  on(event: "unexpected-response", listener: (request: unknown, response: IncomingMessage) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (code: number, reason: Buffer) => void): this;
  send(data: RawMessage, settings: { readonly binary: boolean }, sent: (error?: Error | null) => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

type WsClientClass = new (
  url: string,
  protocols: readonly string[],
  settings: { readonly headers: Readonly<Record<string, string>> },
) => WsClient;

export interface ConnectedSocket {
  readonly protocol: string;
  /** Of the 101. */
  readonly headers: Headers;
  readonly closed: Promise<SocketEnd>;
  /** Resolves when the system took it. @throws SocketClosedError */
  send(message: RawMessage): Promise<void>;
  /** The next message. @throws SocketClosedError when there is none any more */
  receive(): Promise<RawMessage>;
  close(code?: number, reason?: string): Promise<SocketEnd>;
  /** Leaves without a word. */
  terminate(): void;
}

/**
 * Connects to a URL of `http:` or `ws:`.
 * @throws SocketRefusedError when the handshake is answered in another way; Error when nobody answers;
 * ApusError APUS_MISSING_PACKAGE
 */
export async function connectSocket(url: string, options: ConnectOptions = {}): Promise<ConnectedSocket> {
  const { WebSocket } = await loadWs("A WebSocket of the test client");
  const Client = WebSocket as unknown as WsClientClass;
  const client = new Client(url.replace(/^http/, "ws"), options.protocols ?? [], { headers: options.headers ?? {} });
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<SocketEnd>();
  const inbox = new MessageInbox(client);
  let headers = new Headers();
  let end: SocketClosedError | undefined;
  client.on("upgrade", (response) => (headers = readHeaders(response)));
  client.on("open", () => opened.resolve());
  client.on("unexpected-response", (_, response) => {
    const refuse = (answer: Response): void => opened.reject(new SocketRefusedError(url, answer));
    readResponse(response).then(refuse, (error: unknown) => opened.reject(error));
  });
  client.on("error", (error) => opened.reject(error));
  client.on("message", (data, isBinary) => inbox.push({ data, isBinary }));
  client.on("close", (code, reason) => {
    end = new SocketClosedError(code, reason.toString());
    inbox.end();
    closed.resolve({ code, reason: end.reason });
  });
  await opened.promise;
  return {
    protocol: client.protocol,
    headers,
    closed: closed.promise,
    send(message) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      client.send(message, { binary: typeof message !== "string" }, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(end ?? error);
      });
      return promise;
    },
    async receive() {
      const message = await inbox.take();
      if (message === undefined) throw end ?? new SocketClosedError(1006, "");
      return message.isBinary ? new Uint8Array(message.data) : message.data.toString();
    },
    close(code, reason) {
      client.close(code, reason);
      return closed.promise;
    },
    terminate: () => client.terminate(),
  };
}

function readHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  return headers;
}

async function readResponse(response: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return new Response(Buffer.concat(chunks), { status: response.statusCode ?? 500, headers: readHeaders(response) });
}
