/** A connection of the "net" engine without a network: bytes in, in any pieces, and everything that comes out. */

import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { HttpError } from "../../src/errors/http-error.ts";
import type { HttpRequest } from "../../src/http/http-request.ts";
import type { HttpResponse } from "../../src/http/http-response.ts";
import { Connection } from "../../src/server/connection.ts";
import type { ConnectionHost } from "../../src/server/connection-host.ts";
import { DeadlineWheel } from "../../src/server/deadline-wheel.ts";
import { defaultEngineOptions, type EngineOptions } from "../../src/server/engine.ts";
import { LoadShedder } from "../../src/server/load-shedder.ts";
import { buildProblem } from "../../src/server/problem-response.ts";

/** What became of a stream of bytes. */
export interface Outcome {
  /** Statuses of the answers before the client's end, 100 Continue left out. */
  readonly statuses: readonly number[];
  /** Their contents. */
  readonly bodies: readonly string[];
  /** Whether the connection would have taken another request. */
  readonly isKept: boolean;
  /** Statuses of what was answered when the client had ended. */
  readonly late: readonly number[];
}

/** Just enough of a socket. */
class MemorySocket extends Duplex {
  readonly sent: Buffer[] = [];
  bytesWritten = 0;
  readonly remoteAddress = "127.0.0.1";

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sent.push(chunk);
    this.bytesWritten += chunk.length;
    done();
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }
}

/** Answers with what it was asked, body included; what a body ends with becomes the answer. */
export const echo = {
  async handle(request: HttpRequest): Promise<HttpResponse> {
    try {
      const body = Buffer.from(await request.body.bytes(1_048_576)).toString("latin1");
      const { method, path, query } = request;
      return { status: 200, headers: [], body: JSON.stringify({ method, path, query, body }) };
    } catch (error) {
      return buildProblem(error instanceof HttpError ? error : new HttpError(500));
    }
  },
};

const wheel = new DeadlineWheel(1_000);

/** Sends the pieces one after the other, then says that no more will come. */
export async function exchangeInMemory(
  pieces: readonly Uint8Array[],
  options: Partial<EngineOptions> = {},
): Promise<Outcome> {
  const socket = new MemorySocket();
  const host: ConnectionHost = {
    handler: echo,
    options: { ...defaultEngineOptions, ...options },
    wheel,
    shedder: new LoadShedder(0, () => {}),
    scheme: "http",
    counters: { requests: 0, refused: 0, timedOut: 0 },
    isStopping: false,
    closed: () => {},
  };
  const connection = new Connection(socket as unknown as Socket, host);
  for (const piece of pieces) {
    if (!socket.destroyed) socket.push(Buffer.from(piece));
    await turn();
  }
  await settle(socket);
  const isKept = !socket.writableEnded;
  const { statuses, bodies } = readAnswers(Buffer.concat(socket.sent).toString("latin1"));
  if (!socket.destroyed) socket.push(null);
  await settle(socket);
  const all = readAnswers(Buffer.concat(socket.sent).toString("latin1"));
  connection.destroy();
  return { statuses, bodies, isKept, late: all.statuses.slice(statuses.length) };
}

/** Waits until nothing has been sent for a few turns. */
async function settle(socket: MemorySocket): Promise<void> {
  let quiet = 0;
  let seen = socket.bytesWritten;
  while (quiet < 3) {
    await turn();
    quiet = socket.bytesWritten === seen ? quiet + 1 : 0;
    seen = socket.bytesWritten;
  }
}

/** Statuses and contents of answers, as a strict client finds them. @throws Error for anything that is no answer. */
export function readAnswers(text: string): Pick<Outcome, "statuses" | "bodies"> {
  const statuses: number[] = [];
  const bodies: string[] = [];
  let rest = text;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    const status = /^HTTP\/1\.1 ([0-9]{3}) /.exec(rest)?.[1];
    if (end === -1 || status === undefined) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const length = Number(/\r\ncontent-length: ([0-9]+)\r\n/i.exec(rest.slice(0, end + 2))?.[1] ?? 0);
    if (status !== "100") {
      statuses.push(Number(status));
      bodies.push(rest.slice(end + 4, end + 4 + length));
    }
    rest = rest.slice(end + 4 + (status === "100" ? 0 : length));
  }
  return { statuses, bodies };
}
