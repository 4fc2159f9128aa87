/** A way to a server that tests can close and open again, as if the server had gone away and come back. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class CutProxy implements AsyncDisposable {
  /** The server's address by way of the proxy. */
  readonly url: string;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #port: number;

  static async open(url: string): Promise<CutProxy> {
    const sockets = new Set<Socket>();
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CutProxy(url, server, sockets);
  }

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.#target = new URL(url);
    this.#server = server;
    this.#sockets = sockets;
    this.#port = (server.address() as AddressInfo).port;
    const own = new URL(url);
    own.hostname = "127.0.0.1";
    own.port = String(this.#port);
    this.url = own.href;
    server.on("connection", (socket) => this.#forward(socket));
  }

  /** Ends all connections, and takes no more. */
  async cut(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async mend(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.cut();
  }

  #forward(socket: Socket): void {
    const target = connect(Number(this.#target.port || 5432), this.#target.hostname);
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
