/** The other edge: platform `Request` in, platform `Response` out, through the same handler as a socket. */

import { collectBytes } from "../http/body-reader.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";
import { sizeOf, type HttpResponse } from "../http/http-response.ts";
import { answerCut, bodyCut } from "./departure.ts";
import { withoutUpgrade } from "./problem-response.ts";

class FetchHeaders implements RequestHeaders {
  readonly #headers: Headers;

  readonly #host: string;

  /** A request that was made in this process names its host only in its URL. */
  constructor(headers: Headers, host: string) {
    this.#headers = headers;
    this.#host = host;
  }

  get(name: string): string | undefined {
    return this.#headers.get(name) ?? (name === "host" ? this.#host : undefined);
  }

  all(name: string): readonly string[] {
    const value = this.get(name);
    return value === undefined ? [] : [value];
  }

  *entries(): Iterable<readonly [string, string]> {
    if (!this.#headers.has("host")) yield ["host", this.#host];
    yield* this.#headers;
  }
}

class FetchBody implements RequestBody {
  readonly length: number | undefined;
  readonly #request: Request;

  constructor(request: Request) {
    this.#request = request;
    const declared = request.headers.get("content-length");
    if (request.body === null) this.length = 0;
    else this.length = declared !== null && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
  }

  async *stream(): AsyncIterable<Uint8Array> {
    if (this.#request.bodyUsed) throw new Error("The request's body has been read already.");
    if (this.#request.body === null) return;
    const { signal } = this.#request;
    const reader = this.#request.body.getReader();
    // Whoever leaves may not end what it was sending.
    const leave = (): void => void reader.cancel(signal.reason).catch(() => {});
    signal.addEventListener("abort", leave, { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (signal.aborted) throw bodyCut();
        if (done) return;
        yield value;
      }
    } catch (cause) {
      throw signal.aborted ? bodyCut() : cause;
    } finally {
      signal.removeEventListener("abort", leave);
      await reader.cancel().catch(() => {});
    }
  }

  bytes(limit: number): Promise<Uint8Array> {
    return collectBytes(this.stream(), this.length, limit);
  }
}

export class FetchRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly scheme: string;
  readonly remoteAddress = "";
  readonly mountPath = "";
  readonly #request: Request;
  #controller: AbortController | undefined;
  #hasLeft = false;

  constructor(request: Request) {
    const url = new URL(request.url);
    this.method = request.method;
    this.path = url.pathname;
    this.query = url.search.slice(1);
    this.headers = new FetchHeaders(request.headers, url.host);
    this.body = new FetchBody(request);
    this.scheme = url.protocol.slice(0, -1);
    this.#request = request;
  }

  /** Fires when the caller's own signal does, and when the answer is cancelled. Made only when somebody asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  /** The caller does not want the rest of the answer. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#controller?.abort(answerCut());
  }

  /** Calls back when the caller's signal fires; the returned function takes that back. */
  onAbort(listener: () => void): () => void {
    const { signal } = this.#request;
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const { signal } = this.#request;
    if (this.#hasLeft) controller.abort(answerCut());
    else if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
    return controller;
  }
}

/** Reads a platform request; its URL has been normalised by the platform already. */
export function readFetchRequest(request: Request): FetchRequest {
  return new FetchRequest(request);
}

/** Makes a platform response; `finished` is called when its body has been read to the end, cancelled, or has failed. */
export function buildFetchResponse(given: HttpResponse, request: FetchRequest): Response {
  const { method } = request;
  const response = withoutUpgrade(given);
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const { body } = response;
  const init = { status: response.status, headers };
  if (body === null || typeof body === "string" || body instanceof Uint8Array || method === "HEAD") {
    if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
      void Promise.resolve(body[Symbol.asyncIterator]().return?.()).catch(response.finished);
    }
    response.finished?.();
    const content = method === "HEAD" ? null : (body as string | Uint8Array<ArrayBuffer> | null);
    return new Response(content, init);
  }
  const size = sizeOf(body);
  if (size !== undefined) headers.set("content-length", String(size));
  return new Response(buildBodyStream(body, response.finished, request), init);
}

function buildBodyStream(
  body: AsyncIterable<Uint8Array>,
  finished: HttpResponse["finished"],
  request: FetchRequest,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = body[Symbol.asyncIterator]();
  let isOver = false;
  let forget = (): void => {};
  const finish = (failure?: unknown): void => {
    if (isOver) return;
    isOver = true;
    forget();
    finished?.(failure);
  };
  /** The source hears of it first: what it still uses is cleaned up behind it. */
  const leave = async (): Promise<void> => {
    if (isOver) return;
    request.leave();
    const returned = iterator.return?.();
    finish(answerCut());
    await returned;
  };
  return new ReadableStream({
    start(controller) {
      forget = request.onAbort(() => {
        controller.error(answerCut());
        leave().catch(() => {});
      });
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        // Who has cancelled meanwhile takes nothing more.
        if (isOver) return;
        if (done !== true) return controller.enqueue(value as Uint8Array<ArrayBuffer>);
        controller.close();
        finish();
      } catch (error) {
        finish(error);
        throw error;
      }
    },
    cancel: leave,
  });
}
