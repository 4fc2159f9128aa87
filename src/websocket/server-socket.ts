/** The server's end of one WebSocket: messages at the reader's pace, answers at the client's, and one way to close. */

import type { Duplex } from "node:stream";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { checkClose, closeCode, shortenReason } from "./close-code.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { WsConnection, WsPackage } from "./load-ws.ts";
import { MessageInbox } from "./message-inbox.ts";
import type { AgreedDeflate } from "./negotiate-deflate.ts";
import { SocketClosedError } from "./socket-closed-error.ts";
import type { MessageCodec, MessageIssue, RawMessage, SocketEnd, TypedSocket } from "./typed-socket.ts";

export interface SocketRules {
  readonly maxMessageBytes: number;
  /** Bytes that may wait for a client that does not read; beyond them it is cut. */
  readonly maxBufferedBytes: number;
  /** Milliseconds between two looks whether the client is still there; false for none. */
  readonly heartbeat: number | false;
}

export interface ServerSocketParts {
  readonly ws: WsPackage;
  readonly codec: MessageCodec;
  readonly rules: SocketRules;
  readonly protocol: string;
  readonly deflate: AgreedDeflate | undefined;
}

/** Bytes waiting for the client from which on a sender has to wait, too. */
const enoughBuffered = 65_536;
/** Messages that may be sent without a turn of the event loop. */
const fairShare = 32;
/** Milliseconds for the client to close its side. */
const closeTimeout = 10_000;
/** Messages in more, and smaller, fragments than these are refused: each costs far more memory than it holds. */
const fewestFragments = 16_384;
const usualFragment = 64;
const maxBufferedChunks = 262_144;

/** Nobody sends this code: it stands for a connection that ended without one (RFC 6455 §7.1.5). */
const broken = 1006;

/** Who waits for one message to leave. */
interface Sender {
  readonly resolve: () => void;
  readonly refuse: (error: unknown) => void;
}

export class ServerSocket implements TypedSocket<unknown, unknown> {
  readonly protocol: string;
  readonly #connection: WsConnection;
  readonly #codec: MessageCodec;
  readonly #rules: SocketRules;
  readonly #inbox: MessageInbox;
  readonly #closed: PromiseWithResolvers<SocketEnd> = Promise.withResolvers();
  readonly #failed: PromiseWithResolvers<unknown> = Promise.withResolvers();
  /** Those who wait for the client to take what was sent. */
  readonly #waiting = new Set<(error: unknown) => void>();
  #controller: AbortController | undefined;
  #heartbeat: Heartbeat | undefined;
  #end: SocketClosedError | undefined;
  #sent = 0;
  #sending: Promise<unknown> | undefined;
  #onInvalid: ((issues: readonly MessageIssue[]) => unknown) | undefined;

  constructor({ ws, codec, rules, protocol, deflate }: ServerSocketParts) {
    const settings = { autoPong: true, maxPendingAutoPongs: 60, closeTimeout };
    const connection = new ws.WebSocket(null, undefined, settings);
    // First of all, so that nothing that a client sends can end the process; "close" follows.
    connection.on("error", ({ message }) => this.#begin(new SocketClosedError(broken, message)));
    this.#connection = connection;
    this.#codec = codec;
    this.#rules = rules;
    this.#inbox = new MessageInbox(connection);
    this.protocol = protocol;
    connection._protocol = protocol;
    if (deflate !== undefined) connection._extensions = { "permessage-deflate": slowDown(deflate, this.#inbox) };
  }

  /** Takes the connection over, with what the client has sent behind its handshake. */
  open(socket: Duplex, rest: Uint8Array): void {
    const { maxMessageBytes, heartbeat } = this.#rules;
    const connection = this.#connection;
    connection.on("message", (data, isBinary) => {
      this.#heartbeat?.hear();
      this.#inbox.push({ data, isBinary });
    });
    connection.on("ping", () => this.#heartbeat?.hear());
    connection.on("pong", () => this.#heartbeat?.hear());
    connection.on("close", (code, reason) => this.#finish({ code, reason: reason.toString() }));
    // The library ends only when the last message has been taken, which nobody will.
    socket.once("close", () => this.#inbox.end());
    connection.setSocket(socket, Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength), {
      maxPayload: maxMessageBytes,
      maxFragments: Math.max(fewestFragments, Math.ceil(maxMessageBytes / usualFragment)),
      maxBufferedChunks,
      allowSynchronousEvents: true,
      skipUTF8Validation: false,
    });
    if (heartbeat === false) return;
    this.#heartbeat = new Heartbeat({
      interval: heartbeat,
      ping: () => connection.ping(),
      cut: () => this.#cut(new SocketClosedError(broken, "The client does not answer.")),
      isDeaf: () => this.#inbox.isPaused,
    });
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#end !== undefined) this.#controller.abort(this.#end);
    }
    return this.#controller.signal;
  }

  get closed(): Promise<SocketEnd> {
    return this.#closed.promise;
  }

  /** Resolves with what `fail()` was given. */
  get failed(): Promise<unknown> {
    return this.#failed.promise;
  }

  /** Whether messages can still be sent. */
  get isOpen(): boolean {
    return this.#end === undefined;
  }

  send(message: unknown): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (error: unknown): void => {
      // Who does not wait for a message need not be told that the client has left.
      // oxlint-disable-next-line promise/no-promise-in-callback -- the rejection is only looked at
      if (error instanceof SocketClosedError) promise.catch(() => {});
      reject(error);
    };
    this.#send(message, { resolve, refuse });
    return promise;
  }

  close(code: number = closeCode.normal, reason = ""): Promise<SocketEnd> {
    checkClose(code, reason);
    this.shut(code, reason);
    return this.closed;
  }

  /** Closes the connection with as much of the reason as there is room for. */
  shut(code: number, reason: string): void {
    if (this.#end !== undefined) return;
    const words = shortenReason(reason);
    this.#begin(new SocketClosedError(code, words));
    this.#inbox.drop();
    this.#connection.close(code, words);
  }

  fail(error: unknown): void {
    this.#failed.resolve(error);
  }

  onInvalid(handler: (issues: readonly MessageIssue[]) => unknown): void {
    this.#onInvalid = handler;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      const message = await this.#inbox.take();
      if (message === undefined) return;
      const decoded = await this.#codec.decode(message.data, message.isBinary);
      if ("value" in decoded) yield decoded.value;
      else if ("code" in decoded) return this.shut(decoded.code, decoded.reason);
      else if (this.#onInvalid !== undefined) await this.#onInvalid(decoded.issues);
      else return this.shut(closeCode.invalid, describeIssue(decoded.issues[0]));
    }
  }

  /** Messages leave in the order in which they were given, also when a schema takes its time with one of them. */
  #send(message: unknown, sender: Sender): void {
    try {
      if (this.#end !== undefined) throw this.#end;
      const encoded = this.#codec.encode(message);
      if (encoded instanceof Promise || this.#sending !== undefined) void this.#sendLater(encoded, sender);
      else this.#write(encoded, sender);
    } catch (error) {
      sender.refuse(error);
    }
  }

  async #sendLater(encoded: MaybePromise<RawMessage>, sender: Sender): Promise<void> {
    const turn = Promise.allSettled([this.#sending, encoded]);
    this.#sending = turn;
    await turn;
    if (this.#sending === turn) this.#sending = undefined;
    try {
      this.#write(await encoded, sender);
    } catch (error) {
      sender.refuse(error);
    }
  }

  #write(data: RawMessage, { resolve, refuse }: Sender): void {
    if (this.#end !== undefined) throw this.#end;
    const connection = this.#connection;
    if (connection.bufferedAmount > this.#rules.maxBufferedBytes) {
      const end = new SocketClosedError(closeCode.policy, "The client does not read what it is sent.");
      this.#cut(end);
      throw end;
    }
    this.#waiting.add(refuse);
    connection.send(data, { binary: typeof data !== "string" }, (error) => {
      // "close" follows, and knows why.
      if (error !== undefined && error !== null) return;
      this.#waiting.delete(refuse);
      this.#heartbeat?.hear();
      resolve();
    });
    if (connection.bufferedAmount > enoughBuffered) return;
    this.#sent += 1;
    // Who sends and sends to a client that is as fast must not keep the event loop for itself.
    if (this.#sent % fairShare === 0) setImmediate(resolve);
    else resolve();
  }

  #cut(end: SocketClosedError): void {
    this.#begin(end);
    this.#connection.terminate();
  }

  /** From now on nothing can be sent, and nothing more is received. */
  #begin(end: SocketClosedError): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#heartbeat?.stop();
    this.#inbox.end();
    this.#controller?.abort(end);
  }

  #finish(end: SocketEnd): void {
    this.#begin(new SocketClosedError(end.code, end.reason));
    for (const refuse of this.#waiting) refuse(this.#end);
    this.#waiting.clear();
    this.#closed.resolve(end);
  }
}

/** A compressed message is not unpacked before there is room for it: a few bytes can hold a thousand times as many. */
function slowDown({ extension }: AgreedDeflate, inbox: MessageInbox): AgreedDeflate["extension"] {
  const decompress = extension.decompress.bind(extension);
  extension.decompress = (data, isLast, done) => inbox.whenRoom(() => decompress(data, isLast, done));
  return extension;
}

function describeIssue(issue: MessageIssue | undefined): string {
  if (issue === undefined) return "The message does not fit.";
  return issue.pointer === "" ? issue.message : `${issue.pointer}: ${issue.message}`;
}
