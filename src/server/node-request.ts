/** Reads a request from `node:http`: fields looked up on demand, body pulled on demand. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { collectBytes } from "../http/body-reader.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";
import { parseTarget } from "./request-target.ts";

class NodeHeaders implements RequestHeaders {
  readonly #message: IncomingMessage;
  readonly #authority: string | undefined;

  /** The authority of an absolute-form target stands in the place of the Host field (RFC 9112 §3.2.2). */
  constructor(message: IncomingMessage, authority: string | undefined) {
    this.#message = message;
    this.#authority = authority;
  }

  get(name: string): string | undefined {
    const lines = this.all(name);
    return lines.length < 2 ? lines[0] : lines.join(name === "cookie" ? "; " : ", ");
  }

  all(name: string): readonly string[] {
    const { rawHeaders } = this.#message;
    const lines: string[] = [];
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const raw = rawHeaders[index] as string;
      if (raw.length === name.length && raw.toLowerCase() === name) lines.push(this.#valueAt(index, name));
    }
    return lines;
  }

  *entries(): Iterable<readonly [string, string]> {
    const { rawHeaders } = this.#message;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = (rawHeaders[index] as string).toLowerCase();
      yield [name, this.#valueAt(index, name)];
    }
  }

  #valueAt(index: number, name: string): string {
    if (this.#authority !== undefined && name === "host") return this.#authority;
    return this.#message.rawHeaders[index + 1] as string;
  }
}

class NodeBody implements RequestBody {
  readonly length: number | undefined;
  readonly #message: IncomingMessage;
  readonly #beforeRead: () => void;
  #taken = false;

  constructor(message: IncomingMessage, beforeRead: () => void) {
    this.#message = message;
    this.#beforeRead = beforeRead;
    const chunked = message.headers["transfer-encoding"] !== undefined;
    this.length = chunked ? undefined : Number(message.headers["content-length"] ?? 0);
  }

  async *stream(): AsyncIterable<Uint8Array> {
    if (this.#taken) throw new Error("The request's body has been read already.");
    this.#taken = true;
    this.#beforeRead();
    try {
      for await (const chunk of this.#message.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
    } catch (cause) {
      throw isCut(cause) ? new ClientGoneError("while it was sending its body") : cause;
    }
  }

  bytes(limit: number): Promise<Uint8Array> {
    return collectBytes(this.stream(), this.length, limit);
  }
}

function isCut(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ABORT_ERR";
}

/** The client's disconnection as a signal, made only when somebody asks for it. */
class Disconnection {
  #controller: AbortController | undefined;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    // The response closes too soon exactly when the client has gone; the request's own "close" also follows a read body.
    const abort = (): void => {
      if (!this.#response.writableFinished) controller.abort(new ClientGoneError("before its answer was complete"));
    };
    if (this.#response.closed) abort();
    else this.#response.once("close", abort);
    return controller.signal;
  }
}

export class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly scheme: string;
  readonly mountPath = "";
  readonly #message: IncomingMessage;
  readonly #disconnection: Disconnection;

  constructor(message: IncomingMessage, response: ServerResponse, beforeRead: () => void) {
    this.method = message.method ?? "GET";
    const { path, query, authority } = parseTarget(message.url ?? "", this.method);
    this.path = path;
    this.query = query;
    this.headers = new NodeHeaders(message, authority);
    this.scheme = message.socket instanceof TLSSocket ? "https" : "http";
    this.body = new NodeBody(message, beforeRead);
    this.#message = message;
    this.#disconnection = new Disconnection(response);
  }

  get remoteAddress(): string {
    return this.#message.socket.remoteAddress ?? "";
  }

  get signal(): AbortSignal {
    return this.#disconnection.signal;
  }
}
