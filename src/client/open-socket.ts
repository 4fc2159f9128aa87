/** A WebSocket that connects again when it is lost, ever more slowly and never all clients at once. Runs in browsers. */

import { ClientError } from "./client-error.ts";
import type { ClientSocket, ClientSocketEnd, ConnectSettings, RawMessages } from "./socket-types.ts";

export interface OpenSocketParts extends ConnectSettings {
  readonly url: string;
  /** For messages. */
  readonly template: string;
  readonly raw?: RawMessages;
}

/** Milliseconds: the first pause is up to the one, later ones up to the other. */
const shortestPause = 500;
const longestPause = 30_000;
/** Milliseconds after which a connection counts as one that holds. */
const steady = 5_000;
const maxWaiting = 100;

/** Going away, broken, an error of the server, restart, overload, a gateway's error, and TLS: another attempt may do better. */
const passing: ReadonlySet<number> = new Set([1001, 1006, 1011, 1012, 1013, 1014, 1015]);

export class ReconnectingSocket implements ClientSocket<unknown, unknown> {
  readonly #parts: OpenSocketParts;
  readonly #closed: PromiseWithResolvers<ClientSocketEnd> = Promise.withResolvers();
  readonly #outbox: (string | Uint8Array<ArrayBuffer>)[] = [];
  readonly #inbox: unknown[] = [];
  #connection: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;
  #end: ClientSocketEnd | undefined;
  #failure: ClientError | undefined;
  #attempts = 0;
  #openedAt = 0;
  readonly #leave = (): void => this.close();

  constructor(parts: OpenSocketParts) {
    this.#parts = parts;
    if (parts.signal?.aborted === true) {
      this.#finish({ code: 1000, reason: "" });
      return;
    }
    parts.signal?.addEventListener("abort", this.#leave, { once: true });
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#connection?.readyState === 1;
  }

  get protocol(): string {
    return this.#connection?.protocol ?? "";
  }

  get closed(): Promise<ClientSocketEnd> {
    return this.#closed.promise;
  }

  send(message: unknown): void {
    if (this.#end !== undefined) throw this.#refuse("is closed");
    const { raw = false } = this.#parts;
    const isText = message instanceof Uint8Array || (typeof message === "string" && (raw === true || raw === "sent"));
    const data = isText ? (message as string | Uint8Array<ArrayBuffer>) : JSON.stringify(message);
    if (this.isOpen) return this.#connection?.send(data);
    if (this.#outbox.length >= maxWaiting) throw this.#refuse(`is not there, and ${maxWaiting} messages wait for it`);
    this.#outbox.push(data);
  }

  close(code = 1000, reason = ""): void {
    if (this.#end !== undefined) return;
    this.#connection?.close(code, reason);
    this.#finish({ code, reason });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Ends when this side or the server with 1000 has closed it. @throws ClientError for another end */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      if (this.#inbox.length > 0) yield this.#inbox.shift();
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#end !== undefined) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #connect(): void {
    const { url, protocols = [], onOpen } = this.#parts;
    const connection = new WebSocket(url, [...protocols]);
    this.#connection = connection;
    this.#openedAt = 0;
    connection.binaryType = "arraybuffer";
    connection.addEventListener("open", () => {
      this.#openedAt = performance.now();
      onOpen?.();
      for (const data of this.#outbox.splice(0)) connection.send(data);
    });
    connection.addEventListener("message", ({ data }: { readonly data: unknown }) => {
      this.#attempts = 0;
      if (this.#end === undefined) this.#take(data);
    });
    connection.addEventListener("close", ({ code, reason }) => this.#lose({ code, reason }));
  }

  #take(data: unknown): void {
    const { raw = false } = this.#parts;
    const isRaw = raw === true || raw === "received";
    try {
      if (typeof data === "string") this.#inbox.push(isRaw ? data : JSON.parse(data));
      else this.#inbox.push(new Uint8Array(data as ArrayBuffer));
      this.#wake?.();
    } catch {
      this.#failure = this.#refuse("sent text that is not JSON");
      this.close(1003, "The message is not JSON.");
    }
  }

  #lose(end: ClientSocketEnd): void {
    if (this.#end !== undefined) return;
    const { reconnect = true, attempts = 10 } = this.#parts;
    if (this.#openedAt > 0 && performance.now() - this.#openedAt > steady) this.#attempts = 0;
    this.#attempts += 1;
    if (reconnect && passing.has(end.code) && this.#attempts < attempts) {
      const pause = Math.min(longestPause, shortestPause * 2 ** (this.#attempts - 1)) * Math.random();
      this.#timer = setTimeout(() => this.#connect(), pause);
      return;
    }
    if (end.code !== 1000) {
      this.#failure = this.#refuse(`was closed (${end.code}${end.reason === "" ? "" : `: ${end.reason}`})`);
    }
    this.#finish(end);
  }

  #finish(end: ClientSocketEnd): void {
    this.#end = end;
    clearTimeout(this.#timer);
    this.#parts.signal?.removeEventListener("abort", this.#leave);
    this.#outbox.length = 0;
    this.#closed.resolve(end);
    this.#wake?.();
  }

  #refuse(what: string): ClientError {
    return new ClientError(`The WebSocket ${this.#parts.template} ${what}.`, {
      problem: undefined,
      response: undefined,
    });
  }
}
