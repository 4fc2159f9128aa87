/** Writes answers to a connection: head and small body at once, streams at the client's pace, `finished` exactly once each. */

import type { Socket } from "node:net";
import { HttpError } from "../errors/http-error.ts";
import { releaseBody } from "../http/abandon-response.ts";
import { sizeOf, type HttpResponse } from "../http/http-response.ts";
import { answerCut } from "./departure.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import { encodeFields, encodeStatusLine } from "./encode-response-head.ts";
import { OutgoingStream, writeBuffer } from "./outgoing-stream.ts";
import { buildProblem } from "./problem-response.ts";

/** Bodies up to this many bytes are joined with their head; larger ones are not copied once more. */
const joinable = 16_384;

/** How one answer goes out. */
export interface AnswerPlan {
  readonly isHead: boolean;
  /** Minor version of the request: HTTP/1.0 knows no chunks. */
  readonly minor: number;
  /** Whether the connection ends with this answer. */
  readonly close: boolean;
  /** Whether another request is here already, so that both answers may leave together. */
  readonly more: boolean;
}

/** Whose answers are written. */
export interface WriterOwner {
  /** Called when an answer that `write` has left incomplete is complete, or has failed for good. */
  endAnswer(failure: unknown): void;
}

type WholeBody = string | Uint8Array | null;
type Finished = (failure?: unknown) => void;

export class ResponseWriter {
  /** Whether bytes of an answer have left and others are to follow. */
  isStreaming = false;
  readonly #socket: Socket;
  readonly #wheel: DeadlineWheel;
  readonly #owner: WriterOwner;
  #stream: OutgoingStream | undefined;
  #isCorked = false;
  #taken = -1;
  #unsent: Finished[] = [];

  constructor(socket: Socket, wheel: DeadlineWheel, owner: WriterOwner) {
    this.#socket = socket;
    this.#wheel = wheel;
    this.#owner = owner;
  }

  /** Whether the answer is complete; otherwise the owner is told. */
  write(response: HttpResponse, plan: AnswerPlan): boolean {
    let text: string;
    try {
      text = encodeStatusLine(response.status) + encodeFields(response.headers);
    } catch (failure) {
      // The framework has checked before: this is the last wall, and behind it the answer is another one.
      return this.write({ ...buildProblem(new HttpError(500)), finished: () => response.finished?.(failure) }, plan);
    }
    if (plan.more) this.#corkForTurn();
    text += this.#wheel.dateLine;
    if (plan.close) text += "connection: close\r\n";
    else if (plan.minor === 0) text += "connection: keep-alive\r\n";
    const { body } = response;
    if (body === null || typeof body === "string" || body instanceof Uint8Array) {
      return this.#writeWhole(text, response, plan);
    }
    if (plan.isHead || hasNoContent(response.status)) {
      releaseBody(body);
      this.#socket.write(`${text}\r\n`, "latin1");
      return this.#settle(response.finished);
    }
    const size = sizeOf(body);
    if (size !== undefined) text += `content-length: ${size}\r\n`;
    const isChunked = plan.minor === 1 && size === undefined;
    return this.#pump(new OutgoingStream(this.#socket, body, { isChunked, size }), {
      text: isChunked ? `${text}transfer-encoding: chunked\r\n\r\n` : `${text}\r\n`,
      finished: response.finished,
    });
  }

  /** Asks for the body, unless an answer has begun (RFC 9110 §15.2.1). */
  writeContinue(): void {
    if (!this.isStreaming) this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  /** Whether a client has taken nothing since this was asked before; false while it is the answer that is not made yet. */
  isStalled(): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    const taken = bytesWritten - writableLength;
    const isStalled = writableLength > 0 && taken === this.#taken;
    this.#taken = taken;
    return isStalled;
  }

  /** The client has gone, or its request turned out broken: an answer under way ends here. */
  cut(failure: unknown): void {
    this.#stream?.cut(failure);
  }

  #writeWhole(start: string, response: HttpResponse, { isHead }: AnswerPlan): boolean {
    const content = response.body as WholeBody;
    const size = content === null ? 0 : typeof content === "string" ? Buffer.byteLength(content) : content.length;
    let text = start;
    if (!hasNoContent(response.status)) text += `content-length: ${lengthOf(response, { isHead, size })}\r\n`;
    text += "\r\n";
    if (content === null || size === 0 || isHead || hasNoContent(response.status)) this.#socket.write(text, "latin1");
    else if (size <= joinable) this.#writeJoined(text, content, size);
    else {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      return this.#pump(new OutgoingStream(this.#socket, single(bytes), { isChunked: false, size }), {
        text,
        finished: response.finished,
      });
    }
    return this.#settle(response.finished);
  }

  #writeJoined(text: string, content: string | Uint8Array, size: number): void {
    if (typeof content !== "string") {
      const bytes = Buffer.allocUnsafe(text.length + size);
      bytes.write(text, 0, "latin1");
      bytes.set(content, text.length);
      this.#socket.write(bytes);
    } else if (size === content.length) {
      // One character a byte: such text is copied without looking at each character.
      this.#socket.write(text + content, "latin1");
    } else {
      const bytes = Buffer.allocUnsafe(text.length + size);
      bytes.write(text, 0, "latin1");
      bytes.write(content, text.length, "utf8");
      this.#socket.write(bytes);
    }
  }

  /** Up to a buffer's worth may wait for the client while the next request is read. */
  #settle(finished: Finished | undefined): boolean {
    const socket = this.#socket;
    if (socket.writableLength === 0 && !socket.destroyed) {
      finished?.();
      return true;
    }
    const isFull = socket.writableLength >= writeBuffer || socket.destroyed;
    if (finished !== undefined) this.#unsent.push(finished);
    if (this.#isCorked && !isFull) return true;
    this.#confirm(isFull);
    return !isFull;
  }

  /** Calls what waits for answers that were written, when the system has taken them. */
  #confirm(tellsLater: boolean): void {
    const waiting = this.#unsent;
    this.#unsent = [];
    this.#socket.write("", (error) => {
      const failure = error == null ? undefined : answerCut();
      for (const finished of waiting) finished(failure);
      if (tellsLater) this.#owner.endAnswer(failure);
    });
  }

  #pump(stream: OutgoingStream, { text, finished }: { text: string; finished: Finished | undefined }): false {
    this.#corkForTurn();
    this.#socket.write(text, "latin1");
    this.isStreaming = true;
    this.#stream = stream;
    const end = (failure: unknown): void => {
      this.isStreaming = false;
      this.#stream = undefined;
      finished?.(failure);
      this.#owner.endAnswer(failure);
    };
    stream.run().then(
      () => end(undefined),
      (failure: unknown) => end(failure ?? new Error("The stream of a response failed with nothing.")),
    );
    return false;
  }

  /** What is written until the loop turns leaves in one piece. */
  #corkForTurn(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#isCorked = false;
      this.#socket.uncork();
      if (this.#unsent.length > 0) this.#confirm(false);
    });
  }
}

/** The one field of the framing that a handler knows better: the length of what a HEAD leaves out. */
function lengthOf(response: HttpResponse, { isHead, size }: { isHead: boolean; size: number }): string {
  if (!isHead || response.body !== null) return String(size);
  const given = response.headers.find(([name]) => name === "content-length")?.[1];
  return given !== undefined && /^[0-9]{1,16}$/.test(given) ? given : "0";
}

/** RFC 9110 §6.4.1, RFC 9112 §6.3: these end with their head, whatever it says. */
function hasNoContent(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

async function* single(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
