/** Reads a request from `node:http`: fields looked up on demand, body pulled on demand. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { collectBytes } from "../http/body-reader.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";

class NodeHeaders implements RequestHeaders {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
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
      if (raw.length === name.length && raw.toLowerCase() === name) lines.push(rawHeaders[index + 1] as string);
    }
    return lines;
  }

  *entries(): Iterable<readonly [string, string]> {
    const { rawHeaders } = this.#message;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      yield [(rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string];
    }
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
  readonly scheme = "http";
  readonly mountPath = "";
  readonly #message: IncomingMessage;
  readonly #disconnection: Disconnection;

  constructor(message: IncomingMessage, response: ServerResponse, beforeRead: () => void) {
    const target = readTarget(message);
    const mark = target.indexOf("?");
    this.method = message.method ?? "GET";
    this.path = mark === -1 ? target : target.slice(0, mark);
    this.query = mark === -1 ? "" : target.slice(mark + 1);
    this.headers = new NodeHeaders(message);
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

/**
 * Path and query of the request target: origin-form as it is, absolute-form without scheme and authority (RFC 9112 §3.2).
 * @throws HttpError 400 for anything else but "*" with OPTIONS.
 */
function readTarget(message: IncomingMessage): string {
  const target = message.url ?? "";
  if (target.startsWith("/")) return target.includes("#") ? refuseTarget() : target;
  if (target === "*" && message.method === "OPTIONS") return target;
  const absolute = /^https?:\/\/[A-Za-z0-9.\-[\]:_~%]+(?=[/?]|$)/i.exec(target);
  if (absolute === null || target.includes("#")) return refuseTarget();
  const rest = target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function refuseTarget(): never {
  throw new HttpError(400, { detail: "The request target is neither a path nor an absolute http URL." });
}
