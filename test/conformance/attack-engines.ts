/** Attacks made of bytes: each is sent to both engines, and what was answered, what ran and how the connection ended is compared. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App, type EngineKind, type EngineOptions } from "apus";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { exchange, RawConnection } from "../journey/raw-connection.ts";

/** What becomes of a stream of bytes until its connection ends. */
export interface Fate {
  /** Of the answers, in order, without those below 200. */
  readonly statuses: readonly number[];
  /** What each handler that ran was given, such as `POST /json 12345`. */
  readonly runs: readonly string[];
}

/** One character a byte. `GET /last`, which asks for the end of the connection, follows in the same write. */
export interface ByteAttack {
  readonly input: string;
  readonly fate: Fate;
  /** Where `node:http` does something else that is safe too. */
  readonly node?: Fate & { readonly why: string };
}

/** A server under attack. */
export interface AttackedServer {
  readonly engine: EngineKind;
  readonly url: string;
  /** What each handler that ran was given, in order; take out what is meant to be there. */
  readonly runs: string[];
}

const engines: readonly EngineKind[] = ["net", "node"];

/** What no attack may reach; a body that holds it is not a request. */
export const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
const last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** A GET with these lines behind its Host field. */
export const get = (lines: string, target = "/alive"): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;

/** A POST to an endpoint that reads JSON, with these lines behind its content type. */
export const post = (lines: string, body: string): string =>
  `POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;

/** The same with a body in the chunked coding; `12345` is what the usual body says. */
export const chunked = (body: string): string => post("Transfer-Encoding: chunked\r\n", body);

/** One answer, after which the connection ends; no handler runs, not even that of `GET /last`. */
export function refused(input: string, status = 400): ByteAttack {
  return { input, fate: { statuses: [status], runs: [] } };
}

/** These handlers run, and then that of `GET /last`. */
export function understood(input: string, ...runs: readonly string[]): ByteAttack {
  return { input, fate: { statuses: [...runs.map(() => 200), 200], runs: [...runs, "GET /last"] } };
}

/** The same attack, whose fate on `node:http` is another one. */
export function butOnNode(attack: ByteAttack, why: string, fate: Fate): ByteAttack {
  return { ...attack, node: { ...fate, why } };
}

/** A refusal after which the next request is read: both sides agree on where the refused one ended. */
export function refusedOnly(status: number): Fate {
  return { statuses: [status, 200], runs: ["GET /last"] };
}

/** Registers a table of attacks on each engine; what became of all of them is compared at once. */
export function attackBytes(
  title: string,
  table: Readonly<Record<string, ByteAttack>>,
  limits?: Partial<EngineOptions>,
): void {
  const run = async (server: AttackedServer): Promise<void> => {
    const expected: Record<string, Fate> = {};
    const found: Record<string, Fate> = {};
    for (const [name, { input, fate, node }] of Object.entries(table)) {
      const { statuses, runs } = server.engine === "node" ? (node ?? fate) : fate;
      // `node:http` reads ahead and begins with the next request while one is answered.
      expected[name] = { statuses, runs: server.engine === "node" ? runs.toSorted() : runs };
      const { statuses: answered, runs: ran } = await sendAll(server, input + last);
      found[name] = { statuses: answered, runs: server.engine === "node" ? ran.toSorted() : ran };
    }
    assert.deepEqual(found, expected);
  };
  attackEngines(title, run, limits);
}

async function sendAll({ url, runs }: AttackedServer, bytes: string): Promise<Fate> {
  await using connection = await RawConnection.open(url);
  void connection.send(bytes);
  await connection.ended().catch(() => {
    throw new Error(`Neither answered nor ended: ${JSON.stringify(bytes.slice(0, 300))}`);
  });
  return { statuses: statusesOf(connection.received), runs: runs.splice(0) };
}

/** The statuses of all answers, without those below 200. */
export function statusesOf(received: string): readonly number[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}

type Run = (server: AttackedServer) => Promise<void>;

/**
 * Registers an attack on each engine. After it nothing may be left in `runs`, no error may be logged, and a new
 * connection must be answered.
 */
export function attackEngines(title: string, run: Run, limits: Partial<EngineOptions> = {}): void {
  for (const engine of engines) {
    test(`${title} (${engine})`, { timeout: 60_000 }, async () => {
      const records: LogRecord[] = [];
      const runs: string[] = [];
      const app = createTarget(records, runs);
      await using server = await app.listen({ port: 0, signals: false, limits, engine, stopTimeout: 200 });
      await run({ engine, url: server.url, runs });
      assert.deepEqual(runs.splice(0), [], "a handler ran that must not");
      assert.equal((await exchange(server.url, last)).status, 200, "the next connection was not answered");
      assert.deepEqual(runs, ["GET /last"]);
      assert.deepEqual(
        records.filter(({ level }) => level === "error").map(({ message }) => message),
        [],
      );
    });
  }
}

function createTarget(records: LogRecord[], runs: string[]): App {
  const app = new App({ log: createLogger((record) => records.push(record), "debug") });
  const keep = (run: string): { readonly ran: string } => {
    runs.push(run);
    return { ran: run };
  };
  for (const path of ["/last", "/hidden", "/alive", "/admin"] as const) {
    app.get(path, ({ request }) => keep(`${request.method} ${request.path}`));
  }
  app.get("/host", ({ request }) => keep(`GET /host ${request.headers.get("host") ?? "none"}`));
  app.get("/any/{rest:path}", ({ request }) => keep(`GET ${request.path}`));
  app.post("/json", { body: z.json() }, ({ body }) => keep(`POST /json ${JSON.stringify(body)}`));
  app.post("/unread", () => keep("POST /unread"));
  app.get("/slow", async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return keep("GET /slow");
  });
  app.post("/stream", () => new Response(streamSlowly()));
  return app;
}

/** Thirty chunks, of which all but the first take a moment. */
function streamSlowly(): ReadableStream<Uint8Array> {
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      if (count > 0) await new Promise((resolve) => setTimeout(resolve, 100));
      count += 1;
      if (count > 30) controller.close();
      else controller.enqueue(Buffer.from("chunk"));
    },
  });
}
