/** Asks a server once, before any load, and holds its answers against what they must be. */

import { once } from "node:events";
import { connect } from "node:net";
import { isDeepStrictEqual } from "node:util";
import type { Shot } from "./load-job.ts";
import { mainExchanges, refused, type Exchange } from "./requests.ts";
import { ResponseReader, type Answer } from "./response-reader.ts";
import type { ServerProcess } from "./server-process.ts";

/** One request on a connection of its own. */
export async function askOnce(port: number, bytes: string): Promise<Answer> {
  const socket = connect({ host: "127.0.0.1", port });
  const reader = new ResponseReader();
  socket.setTimeout(15_000, () => socket.destroy(new Error("no answer in time")));
  try {
    await once(socket, "connect");
    socket.write(bytes, "latin1");
    for await (const chunk of socket) {
      const answer = reader.push(chunk as Buffer);
      if (answer !== undefined) return answer;
    }
    throw new Error("the connection ended before the answer");
  } finally {
    socket.destroy();
  }
}

/** Checks one exchange and gives it with the exact body, for comparing under load. @throws Error that says what differs. */
export async function findShot({ port, peer }: ServerProcess, exchange: Exchange): Promise<Shot> {
  const { status, headers, body } = await askOnce(port, exchange.bytes);
  const text = body.toString();
  const fault = (what: string): Error => new Error(`${peer.id}, ${exchange.name}: ${what}`);
  if (status !== exchange.status) throw fault(`status ${status} instead of ${exchange.status}: ${text.slice(0, 200)}`);
  if (!/^application\/json\b/.test(headers.get("content-type") ?? "")) throw fault("an answer that is not JSON");
  if (!isDeepStrictEqual(JSON.parse(text), exchange.expected)) throw fault(`a wrong body: ${text.slice(0, 200)}`);
  return { bytes: exchange.bytes, status, body: text };
}

/** The main exchanges, and what a server that validates must refuse. @throws Error that says what is wrong. */
export async function checkServer(server: ServerProcess): Promise<void> {
  for (const exchange of mainExchanges) await findShot(server, exchange);
  if (!server.peer.validates) return;
  for (const { name, bytes } of refused) {
    const { status } = await askOnce(server.port, bytes);
    if (status < 400 || status > 499) throw new Error(`${server.peer.id} answers ${name} with ${status}`);
  }
}
