/** One kept-alive connection of the load: asks, checks every byte of the answer's body, and opens again when it is closed. */

import { connect, type Socket } from "node:net";
import { ResponseReader, type Answer } from "./response-reader.ts";
import type { Shot } from "./load-job.ts";

/** A shot ready to be compared: where the body begins is learned from the first answer. */
export interface Target {
  readonly bytes: string;
  readonly status: number;
  readonly body: Buffer;
  bodyStart: number;
}

/** Prepares shots for comparing. */
export function buildTargets(shots: readonly Shot[]): readonly Target[] {
  return shots.map(({ bytes, status, body }) => ({ bytes, status, body: Buffer.from(body), bodyStart: 0 }));
}

/** Whom a connection tells. */
export interface ConnectionOwner {
  readonly port: number;
  answered(connection: LoadConnection): void;
  /** An answer that is not the expected one; the connection can be asked again. */
  wrong(connection: LoadConnection, message: string): void;
  /** The connection is gone, with a request that was not answered. */
  lost(connection: LoadConnection, message: string): void;
}

// All connections read into one buffer: what it holds is dealt with before the next read.
const readBuffer = Buffer.allocUnsafe(256 * 1024);
const [carriageReturn, lineFeed, zero] = [0x0d, 0x0a, 0x30];

export class LoadConnection {
  /** When the present request was due or sent, in milliseconds; the owner's. */
  startedAt = 0;
  readonly #owner: ConnectionOwner;
  #socket: Socket | undefined;
  #target: Target | undefined;
  #reader = new ResponseReader();
  #ended = false;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === "open";
  }

  /** Opens, or opens again; false when that fails. */
  open(): Promise<boolean> {
    this.#reader = new ResponseReader();
    const { port } = this.#owner;
    const onread = { buffer: readBuffer, callback: (count: number): boolean => this.#read(count) };
    const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread });
    this.#socket = socket;
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => this.#close(socket));
    return new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("close", () => resolve(false));
    });
  }

  /** Sends a request; on a connection that the server has closed meanwhile, after opening it again. */
  ask(target: Target): void {
    if (this.#socket === undefined) return this.#reopen(() => this.ask(target));
    this.#target = target;
    this.#socket.write(target.bytes, "latin1");
  }

  end(): void {
    this.#ended = true;
    this.#socket?.destroy();
  }

  #read(count: number): boolean {
    const target = this.#target;
    if (target === undefined) {
      if (!this.#ended) this.#owner.wrong(this, "an answer that nobody asked for");
      return true;
    }
    if (this.#reader.isEmpty && matches(target, count)) {
      this.#target = undefined;
      this.#owner.answered(this);
      return true;
    }
    let answer: Answer | undefined;
    try {
      answer = this.#reader.push(readBuffer.subarray(0, count));
    } catch (error) {
      this.#reopen(() => this.#owner.wrong(this, String(error)));
      return true;
    }
    if (answer !== undefined && !this.#reader.isEmpty) {
      this.#reopen(() => this.#owner.wrong(this, "more bytes than the answer"));
    } else if (answer !== undefined) this.#finish(target, answer);
    return true;
  }

  /** An answer that had to be parsed: the first of its kind, one in pieces, or one that differs. */
  #finish(target: Target, answer: Answer): void {
    this.#target = undefined;
    const isRight = answer.status === target.status && answer.body.equals(target.body);
    if (isRight && !answer.closes) target.bodyStart = answer.headBytes;
    const settle = (): void => {
      if (isRight) return this.#owner.answered(this);
      const text = answer.body.toString("latin1", 0, 120);
      this.#owner.wrong(this, `status ${answer.status} with ${answer.bodyBytes} bytes: ${text}`);
    };
    if (answer.closes) this.#reopen(settle);
    else settle();
  }

  #reopen(then: () => void): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#target = undefined;
    socket?.destroy();
    void this.open().then((opened) => (opened ? then() : this.#owner.lost(this, "could not be opened again")));
  }

  #close(socket: Socket): void {
    if (this.#ended || socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#target === undefined) return;
    this.#target = undefined;
    this.#owner.lost(this, "closed by the server before it answered");
  }
}

/** Whether the buffer holds exactly the known head's length with the right status, then the right body. */
function matches({ bodyStart, status, body }: Target, count: number): boolean {
  return (
    bodyStart > 0 &&
    count === bodyStart + body.length &&
    readBuffer[bodyStart - 1] === lineFeed &&
    readBuffer[bodyStart - 2] === carriageReturn &&
    readBuffer[bodyStart - 3] === lineFeed &&
    readBuffer[bodyStart - 4] === carriageReturn &&
    digit(9) * 100 + digit(10) * 10 + digit(11) === status &&
    body.compare(readBuffer, bodyStart, count) === 0
  );
}

function digit(index: number): number {
  return (readBuffer[index] ?? zero) - zero;
}
