/** What `listen()` does inside a worker of `offload()`: nothing. */

import { isInsideWorker, noticeListen } from "../workers/inside-worker.ts";
import type { ListenOptions, RunningServer } from "./running-server.ts";

/**
 * A server that does not listen; undefined everywhere but in a worker.
 * In development the main thread says so once: the worker has imported the whole app.
 */
export function listenInWorker(options: ListenOptions): Promise<RunningServer> | undefined {
  if (!isInsideWorker()) return undefined;
  noticeListen();
  const { host = "127.0.0.1", port = 8000, tls } = options;
  const url = `${tls === undefined ? "http" : "https"}://${host}:${port}`;
  return Promise.resolve({ url, host, port, stop: async () => {}, [Symbol.asyncDispose]: async () => {} });
}
