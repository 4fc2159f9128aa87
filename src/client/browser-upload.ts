/** Sends a call through `XMLHttpRequest`: in browsers nothing else tells how much of a body has been sent. */

import type { OnProgress } from "./send-body.ts";

/** What is used of it; the types of browsers are not those of Node.js. */
interface BrowserRequest {
  readonly upload: { addEventListener(name: "progress", listener: (event: BrowserProgress) => void): void };
  readonly status: number;
  readonly statusText: string;
  readonly response: Blob;
  responseType: string;
  addEventListener(name: "load" | "error" | "abort", listener: () => void): void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getAllResponseHeaders(): string;
  send(body: unknown): void;
  abort(): void;
}

interface BrowserProgress {
  readonly loaded: number;
  readonly total: number;
  readonly lengthComputable: boolean;
}

const emptyStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/** As `fetch` does, the answer's body read before it resolves. */
export function uploadInBrowser(url: string, init: RequestInit, onProgress: OnProgress): Promise<Response> {
  const { XMLHttpRequest } = globalThis as unknown as { readonly XMLHttpRequest: new () => BrowserRequest };
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const { signal } = init;
  const request = new XMLHttpRequest();
  request.open(init.method ?? "GET", url);
  for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
  request.responseType = "blob";
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    onProgress({ sent: loaded, total: lengthComputable ? total : undefined });
  });
  request.addEventListener("load", () => resolve(readAnswer(request)));
  request.addEventListener("error", () => reject(new TypeError("The network failed.")));
  request.addEventListener("abort", () => reject(signal?.reason ?? new TypeError("The upload was stopped.")));
  const stop = (): void => request.abort();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted === true) reject(signal.reason);
  else request.send(init.body ?? null);
  return promise.finally(() => signal?.removeEventListener("abort", stop));
}

function readAnswer(request: BrowserRequest): Response {
  const { status, statusText, response } = request;
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return new Response(emptyStatuses.has(status) ? null : response, { status, statusText, headers });
}
