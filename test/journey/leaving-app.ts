/** The app of the tests on clients that leave at every stage: it keeps the signals, the order of what ends, and the log. */

import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { App, dependency, upload, type Dependency } from "apus";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";

/** What the app of the stages keeps. */
export interface Left {
  readonly records: LogRecord[];
  /** How often the signal of each request has fired. */
  readonly fired: number[];
  readonly told: string[];
  /** Resolves what a handler waits for that does not listen. */
  goOn: () => void;
}

/** Of the app that was built last. */
export let left: Left;

/** A new app whose every handler can be left in the middle. */
export function buildLeft(): App {
  const { promise: later, resolve } = Promise.withResolvers<void>();
  left = { records: [], fired: [], told: [], goOn: resolve };
  const { records, fired, told } = left;
  const app = new App({ docs: false, log: createLogger((record) => records.push(record)) });
  app.use((request, next) => {
    const place = fired.push(0) - 1;
    request.signal.addEventListener("abort", () => void (fired[place] = (fired[place] ?? 0) + 1));
    return next();
  });
  const held = dependency({ early: true }, async function* () {
    told.push("opened");
    try {
      yield 1;
    } finally {
      await turn();
      told.push("closed");
    }
  });
  const use = { held };
  app.get("/alive", () => 1);
  app.post("/body", { use, body: z.json() }, () => told.push("ran"));
  app.post("/raw", { use }, async ({ request }) => {
    for await (const _ of request.body.stream()) told.push("began");
  });
  app.get("/handler", { use }, async ({ signal }) => {
    told.push("began");
    await sleep(60_000, undefined, { signal });
  });
  app.get("/deaf", { use }, async ({ background }) => {
    told.push("began");
    background(() => told.push("background"));
    await later;
  });
  declareStreams(app, use);
  app.post("/upload", { use, files: { file: upload() } }, () => told.push("ran"));
  app.post("/video", { use, files: { file: upload({ stream: true }) } }, async ({ files }) => {
    for await (const _ of files.file.stream()) told.push("began");
  });
  return app;
}

/** Handlers that go on while their answer leaves. */
function declareStreams(app: App, use: { readonly held: Dependency<number> }): void {
  const { told } = left;
  async function* wait(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield "one";
      told.push("began");
      await sleep(60_000, undefined, { signal });
    } finally {
      await turn();
      told.push("ended");
    }
  }
  app.get("/stream", { use, lines: z.string() }, ({ signal, background }) => {
    background(() => told.push("background"));
    return wait(signal);
  });
  app.get("/ends", { use, lines: z.string() }, async function* ({ signal, background }) {
    background(() => told.push("background"));
    yield "one";
    told.push("began");
    await sleep(60_000, undefined, { signal }).catch(() => {});
    told.push("ended");
  });
  app.get("/flows", { use, lines: z.string() }, async function* ({ background }) {
    background(() => told.push("background"));
    try {
      for (;;) {
        yield "x".repeat(10_000);
        if (told.length === 1) told.push("began");
        await turn();
      }
    } finally {
      await turn();
      told.push("ended");
    }
  });
  app.get("/events", { use, events: z.string() }, ({ signal, background }) => {
    background(() => told.push("background"));
    return wait(signal);
  });
  app.websocket("/socket", { use }, async ({ socket, signal, background }) => {
    background(() => told.push("background"));
    signal.addEventListener("abort", () => told.push("fired"));
    told.push("began");
    for await (const _ of socket);
    told.push("ended");
  });
}

/** Nothing of this is anybody's mistake. The loop guard may still speak of a machine that is slow. */
export const alarms = (): readonly LogRecord[] =>
  left.records.filter(
    ({ level, message }) => level === "error" || (level === "warn" && !message.includes("event loop")),
  );

export const wasTold = (word: string) => (): boolean => left.told.includes(word);
