/** The sockets of a TLS server whose handshake is under way: cut when it fails or takes too long, and when the server stops. */

import type { Socket } from "node:net";
import type { Server } from "node:tls";

export class TlsHandshakes {
  /** By the address of the peer: the socket that TLS makes does not say on which one it stands. */
  readonly #sockets = new Map<string, Socket>();

  /** `failed` is called for each that did not come to an end. */
  constructor(server: Server, failed: () => void) {
    server.on("connection", (socket: Socket) => {
      const peer = nameOf(socket);
      this.#sockets.set(peer, socket);
      socket.once("close", () => this.#sockets.delete(peer));
    });
    server.on("secureConnection", (socket: Socket) => void this.#sockets.delete(nameOf(socket)));
    server.on("tlsClientError", (_error: Error, socket: Socket) => {
      failed();
      socket.destroy();
    });
  }

  cut(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
