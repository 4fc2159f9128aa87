/** Apps with WebSockets, and clients that write down what they are sent. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { WebSocket as Client } from "ws";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";

export interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly records: LogRecord[];
  stop(): Promise<void>;
}

export async function serve(declare: (app: App) => void): Promise<Serving> {
  const records: LogRecord[] = [];
  const app = new App({ docs: false, log: createLogger((record) => records.push(record), "debug") });
  declare(app);
  const server = await app.listen({ port: 0, signals: false, idleGrace: 0, stopTimeout: 1_000 });
  const stop = (): Promise<void> => server.stop();
  return { url: server.url, records, stop, [Symbol.asyncDispose]: stop };
}

/** A client with everything that it was sent. */
export interface Talk {
  readonly client: Client;
  readonly next: () => Promise<unknown>;
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

export async function talk(
  url: string,
  options: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<Talk> {
  const client = new Client(url.replace("http", "ws"), options.protocols ?? [], { headers: options.headers ?? {} });
  const messages: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  client.on("message", (data: Buffer, isBinary) => {
    const message = isBinary ? data : data.toString();
    const taker = waiting.shift();
    if (taker === undefined) messages.push(message);
    else taker(message);
  });
  const closed = new Promise<readonly [number, string]>((resolve) => {
    client.on("close", (code, reason) => resolve([code, reason.toString()]));
  });
  await once(client, "open");
  const next = (): Promise<unknown> =>
    messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve));
  return { client, next, closed };
}

/** The answer to a handshake that is refused. */
export async function refusal(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; detail: unknown }> {
  const client = new Client(url.replace("http", "ws"), { headers });
  client.on("error", () => {});
  const [, response] = (await once(client, "unexpected-response")) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ];
  let text = "";
  for await (const chunk of response) text += chunk.toString();
  return { status: response.statusCode, detail: (JSON.parse(text) as { detail: unknown }).detail };
}

export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !condition(); turn += 1) await sleep(5);
  assert.ok(condition(), "it did not happen in time");
}

export function errorsOf({ records }: Serving): readonly LogRecord[] {
  return records.filter(({ level }) => level === "error");
}
