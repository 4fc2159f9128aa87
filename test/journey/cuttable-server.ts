/** Stands before a server: its connections can be cut, and refused for a while. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttableServer extends AsyncDisposable {
  /** The server's address with this one's port. */
  readonly url: string;
  /** Connections at present. */
  readonly size: number;
  /** Ends all connections. */
  cut(): void;
  /** Whether new connections are ended at once. */
  isDown: boolean;
}

export async function createCuttableServer(url: string): Promise<CuttableServer> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const other = connect(Number(port), hostname);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on("error", () => {});
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
    if (cuttable.isDown) return void socket.destroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = new URL(url);
  own.port = String((server.address() as AddressInfo).port);
  const cuttable: CuttableServer = {
    url: own.href,
    get size() {
      return sockets.size;
    },
    cut: () => sockets.forEach((socket) => socket.destroy()),
    isDown: false,
    async [Symbol.asyncDispose]() {
      cuttable.cut();
      server.close();
      await once(server, "close");
    },
  };
  return cuttable;
}
