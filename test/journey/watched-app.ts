/** The app of the tests on limits and on clients that leave: it keeps what ran, what was logged and every signal. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { App, type EngineOptions } from "apus";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { exchange } from "./raw-connection.ts";

/** What a test sees of one app. */
export interface Kept {
  readonly app: App;
  /** Paths of the handlers that ran. */
  readonly runs: string[];
  readonly records: LogRecord[];
  readonly signals: AbortSignal[];
  /** Resolves when a handler of `/waits` runs. */
  readonly waiting: Promise<AbortSignal>;
  /** Bytes that `/slow` has pulled. */
  pulled: number;
}

/** Of the app that was built last. */
export let kept: Kept;

export const mebibyte = 1_048_576;
export const json = { "content-type": "application/json" };

/** A new app that keeps what runs, what is logged and what it was given. */
export function buildWatched(): App {
  const records: LogRecord[] = [];
  const app = new App({ log: createLogger((record) => records.push(record), "debug") });
  const { promise: waiting, resolve } = Promise.withResolvers<AbortSignal>();
  kept = { app, runs: [], records, signals: [], waiting, pulled: 0 };
  const state = kept;
  const run = (path: string, signal: AbortSignal): { readonly ran: string } => {
    state.runs.push(path);
    state.signals.push(signal);
    return { ran: path };
  };
  const wait = async (signal: AbortSignal): Promise<never> => {
    resolve(signal);
    await sleep(10_000, undefined, { signal });
    throw new Error("The signal never fired.");
  };
  app.get("/alive", ({ signal }) => run("/alive", signal));
  app.post("/json", { body: z.json() }, ({ signal }) => run("/json", signal));
  app.post("/form", { form: z.looseObject({}) }, ({ signal }) => run("/form", signal));
  app.post("/tiny", { body: z.json(), bodyLimit: 10 }, ({ signal }) => run("/tiny", signal));
  app.post("/large", { body: z.json(), bodyLimit: 4 * mebibyte }, ({ signal }) => run("/large", signal));
  app.post("/unread", ({ signal }) => run("/unread", signal));
  app.post("/slow", async ({ request, signal }) => {
    for await (const chunk of request.body.stream()) {
      state.pulled += chunk.length;
      await sleep(1_000, undefined, { signal });
    }
  });
  app.get("/waits", ({ signal }) => wait(signal));
  app.post("/waits", { body: z.json() }, ({ signal }) => wait(signal));
  return app;
}

export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** Serves a new app under these limits. */
export async function serve(limits: Partial<EngineOptions> = {}): Promise<Served> {
  const server = await buildWatched().listen({ port: 0, signals: false, limits, stopTimeout: 200 });
  return { url: server.url, [Symbol.asyncDispose]: () => server.stop() };
}

/** Messages of the errors that were logged. */
export const errorsOf = (): readonly unknown[] =>
  kept.records.filter(({ level }) => level === "error").map(({ message }) => message);

/** Asserts that a new connection is answered, and that no error was logged. */
export async function assertNextAnswered(url: string): Promise<void> {
  kept.runs.length = 0;
  assert.equal((await exchange(url, "GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status, 200);
  assert.deepEqual(kept.runs, ["/alive"]);
  assert.deepEqual(errorsOf(), []);
}

/** The head of a request with a Host field. */
export const head = (line: string, ...fields: readonly string[]): string =>
  `${[`${line} HTTP/1.1`, "Host: a", ...fields].join("\r\n")}\r\n\r\n`;
/** The head of a request with a JSON body. */
export const postHead = (path: string, ...fields: readonly string[]): string =>
  head(`POST ${path}`, "Content-Type: application/json", ...fields);
