/** What the command and the processes that serve for it say to each other over IPC. */

/** From a serving process to the command. */
export type Report =
  /** A file that the app's module imports, or tries to. */
  | { readonly apus: "loads"; readonly path: string }
  /** Connections are accepted. */
  | { readonly apus: "listens"; readonly url: string }
  /** Every request is answered and every lifespan ended; the process asks whether it may go. */
  | { readonly apus: "drained" };

/** From the command to a serving process: stop gracefully; go, no connection is on its way to you. */
export type Order = { readonly apus: "stop" } | { readonly apus: "go" };

/** The app may send messages of its own: they are not ours. */
export function readReport(message: unknown): Report | undefined {
  return isMarked(message) ? (message as Report) : undefined;
}

export function readOrder(message: unknown): Order | undefined {
  return isMarked(message) ? (message as Order) : undefined;
}

function isMarked(message: unknown): boolean {
  return typeof message === "object" && message !== null && "apus" in message;
}

/** Does nothing when the command has gone. */
export function sendReport(report: Report): void {
  if (process.connected) process.send?.(report, undefined, {}, () => {});
}
