/** The life of one WebSocket: the handler runs as long as the connection does, and what it ends with closes it. */

import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { ApusError } from "../errors/apus-error.ts";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { BackgroundTask, HandlerTools } from "../dependencies/handler-tools.ts";
import { currentRequest } from "../http/current-request.ts";
import type { RequestContext } from "../operation/request-context.ts";
import { closeCode } from "../websocket/close-code.ts";
import type { ServerSocket } from "../websocket/server-socket.ts";
import { SocketClosedError } from "../websocket/socket-closed-error.ts";

export interface SessionParts {
  readonly socket: ServerSocket;
  /** Of the connection, and of nothing else. */
  readonly context: RequestContext;
  /** What the handler is given, but for the socket. */
  readonly input: object;
  readonly handler: (input: never) => unknown;
}

/** Why a handler ended, when it did not end well. */
interface HandlerFailure {
  readonly error: unknown;
}

/** Background tasks of one connection that have not ended. */
const maxTasks = 1_000;

export class SocketSession {
  readonly #parts: SessionParts;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #tasks = new Set<Promise<void>>();
  #hasBegun = false;
  #failure: HandlerFailure | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Resolves when the connection has ended and everything is cleaned up; soon when there is none. `failure` is why. */
  async waitForEnd(failure: unknown): Promise<void> {
    // An engine hands the connection over in the turn in which it has written the head; one that cannot never does.
    if (!this.#hasBegun) await turn();
    if (this.#hasBegun) return this.#ended.promise;
    this.#parts.context.resetResponse();
    await this.#cleanUp(failure);
  }

  /** Takes the connection. Never throws: the engine has nobody to tell. */
  begin(stream: Duplex, rest: Uint8Array): void {
    const { socket, context } = this.#parts;
    this.#hasBegun = true;
    currentRequest.run(context, () => {
      try {
        socket.open(stream, rest);
        void this.#run();
      } catch (error) {
        stream.destroy();
        context.log.error("A WebSocket could not be opened", { error });
        void this.#cleanUp(error);
      }
    });
  }

  async #run(): Promise<void> {
    const { socket, context, handler } = this.#parts;
    const forget = context.stopNotice.listen(() => socket.shut(closeCode.goingAway, "The server is stopping."));
    void socket.failed.then((error) => this.#fail(error));
    try {
      await handler(this.#buildInput() as never);
    } catch (error) {
      this.#fail(error);
    }
    socket.shut(closeCode.normal, "");
    const { code } = await socket.closed;
    forget();
    context.log.debug("The WebSocket is closed", { code });
    await Promise.all(this.#tasks);
    // As after an answer: what dependencies have left for later is not done after an error.
    if (this.#failure !== undefined) context.resetResponse();
    await this.#cleanUp(this.#failure?.error);
  }

  async #cleanUp(failure: unknown): Promise<void> {
    const { context } = this.#parts;
    context.finish(failure);
    await context.end(failure);
    this.#ended.resolve();
  }

  /** The first failure counts; those that only come of it, or of the client's leaving, are none. */
  #fail(error: unknown): void {
    const { socket, context } = this.#parts;
    if (this.#failure !== undefined || isDeparture(error, socket)) return;
    this.#failure = { error };
    const isRefusal = error instanceof HttpError && error.status < 500;
    if (isRefusal) return socket.shut(closeCode.policy, error.message);
    context.log.error("The handler of a WebSocket failed", { error });
    socket.shut(closeCode.failure, "");
  }

  /** The request's inputs and tools, with the connection's signal in the place of the request's. */
  #buildInput(): Readonly<Record<string, unknown>> {
    const { socket, context, input } = this.#parts;
    const tools: Omit<HandlerTools, "response"> & { readonly socket: ServerSocket } = {
      request: context.request,
      requestId: context.requestId,
      log: context.log,
      background: (task) => this.#begin(task),
      get signal() {
        return socket.signal;
      },
      socket,
    };
    const given: Record<string, unknown> = {};
    Object.assign(given, input);
    return Object.defineProperties(given, Object.getOwnPropertyDescriptors(tools));
  }

  /** There is no answer to wait for: a task begins at once, and the clean-up waits for it. */
  #begin(task: BackgroundTask): void {
    if (typeof task !== "function") throw new ApusError("APUS_BAD_OPTION", "background() was given no function.");
    if (this.#tasks.size >= maxTasks) throw new HttpError(503, "Too much work is waiting.");
    const begun = (async () => {
      try {
        await task();
      } catch (error) {
        this.#parts.context.log.error("A background task failed", { error });
      }
    })();
    this.#tasks.add(begun);
    void begun.then(() => this.#tasks.delete(begun));
  }
}

/** The connection is over, and this error is only work that was stopped because of it. */
function isDeparture(error: unknown, socket: ServerSocket): boolean {
  if (error instanceof SocketClosedError) return true;
  if (socket.isOpen || !(error instanceof Error)) return false;
  return error.name === "AbortError" || error instanceof ClientGoneError;
}
