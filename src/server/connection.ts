/** One connection: bytes in, one request after the other to the handler, answers out in order; the only place that knows its state. */

import type { Socket } from "node:net";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { abandonResponse } from "../http/abandon-response.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { BodyReceiver, type ReceiverParts } from "./body-receiver.ts";
import type { ConnectionHost } from "./connection-host.ts";
import { aheadLimit, halfClosedGrace, ignoreError, lingerTime, phase, pipelineDepth } from "./connection-phase.ts";
import type { Deadlined, DeadlineWheel } from "./deadline-wheel.ts";
import { answerCut, bodyCut } from "./departure.ts";
import type { EngineOptions } from "./engine.ts";
import { Inbox } from "./inbox.ts";
import { noBody } from "./incoming-body.ts";
import { NetRequest, type NetPeer } from "./net-request.ts";
import type { RequestHead } from "./request-head.ts";
import { RequestReader } from "./request-reader.ts";
import { buildProblem } from "./problem-response.ts";
import { ResponseWriter } from "./response-writer.ts";
import { runHandler } from "./run-handler.ts";
import { refuseSwitch, switchProtocols } from "./switch-protocols.ts";

export class Connection implements Deadlined, ReceiverParts {
  deadline: number;
  readonly options: EngineOptions;
  readonly wheel: DeadlineWheel;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #peer: NetPeer;
  readonly #inbox: Inbox = new Inbox();
  readonly #reader: RequestReader;
  readonly #writer: ResponseWriter;
  #phase: number = phase.head;
  #served = 0;
  #head: RequestHead | undefined;
  #request: NetRequest | undefined = undefined;
  #receiver: BodyReceiver | undefined = undefined;
  /** Whether heads are being read further up the call stack. */
  #isReading = false;
  /** Whether requests wait here for the next turn of the loop. */
  #yields = false;
  #isHalfClosed = false;
  /** Whether what comes cannot be understood any more, or has no sender. */
  #isBroken = false;
  #closes = false;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  readonly #onEnd = (): void => this.#takeEnd();

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#peer = { socket, scheme: host.scheme };
    this.options = host.options;
    this.wheel = host.wheel;
    this.#reader = new RequestReader(host.options);
    this.#writer = new ResponseWriter(socket, host.wheel, this);
    this.deadline = host.wheel.after(host.options.headTimeout);
    // First of all; "close" follows.
    socket.on("error", ignoreError);
    socket.on("data", this.#onData).on("end", this.#onEnd);
    socket.on("close", () => this.#takeClose());
  }

  /** Whether no request is under way: nothing is lost when it is closed. */
  get isIdle(): boolean {
    return this.#phase === phase.head && !this.#yields;
  }

  /** Says that nothing more comes, and reads on for a moment without keeping anything. */
  close(): void {
    this.#phase = phase.linger;
    this.deadline = this.wheel.after(lingerTime);
    this.#inbox.clear();
    this.#socket.resume();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  wantBody(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || !receiver.isOpen) return;
    const head = this.#head as RequestHead;
    if (head.expectsContinue) {
      head.expectsContinue = false;
      if (receiver.body.received === 0) this.#writer.writeContinue();
    }
    this.deadline = receiver.beginWait();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  expire(): void {
    if (this.#phase === phase.answer) this.#expireAnswer();
    else if (this.#phase === phase.linger) this.#socket.destroy();
    else if (this.#phase === phase.head && this.#reader.hasBegun) {
      this.#refuse(new HttpError(408, { detail: "The request did not arrive in time." }));
    } else this.close();
  }

  #expireAnswer(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.#receiver?.isOpen === true && this.#receiver.body.isWaiting) {
      this.#host.counters.timedOut += 1;
      this.#breakBody(new HttpError(408, { detail: "The body did not arrive in time." }));
      return;
    }
    if (this.#isHalfClosed) this.#request?.leave();
    if (this.#writer.isStalled()) this.#socket.destroy();
    else if (this.#writer.isStreaming || this.#socket.writableLength > 0)
      this.deadline = this.wheel.after(this.options.writeTimeout);
  }

  #take(chunk: Buffer): void {
    if (this.#phase >= phase.linger || this.#isBroken) return;
    this.#inbox.add(chunk);
    if (this.#phase === phase.head) this.#readHeads();
    else if (this.#receiver?.isOpen === true) this.#takeBody(this.#receiver);
    if (this.#phase !== phase.answer) return;
    if (this.#receiver?.isOpen === true ? this.#receiver.isFull : this.#inbox.size > aheadLimit) this.#socket.pause();
  }

  /** One request after the other, as long as they are there and their answers come at once. */
  #readHeads(): void {
    if (this.#isReading || this.#yields) return;
    this.#isReading = true;
    let count = 0;
    while (this.#phase === phase.head && this.#inbox.size > 0 && count < pipelineDepth) {
      const head = this.#readHead();
      if (head === undefined) break;
      this.#begin(head);
      count += 1;
    }
    this.#isReading = false;
    if (count === pipelineDepth && this.#phase === phase.head && this.#inbox.size > 0) return this.#yield();
    if (this.#isHalfClosed && this.#phase === phase.head) this.#endHalfClosed();
  }

  /** Lets others have their turn; what is behind them waits in the system. */
  #yield(): void {
    this.#yields = true;
    this.#socket.pause();
    setImmediate(() => {
      this.#yields = false;
      if (this.#phase !== phase.head) return;
      this.#socket.resume();
      this.#readHeads();
    });
  }

  #readHead(): RequestHead | undefined {
    const hadBegun = this.#reader.hasBegun;
    try {
      const head = this.#reader.read(this.#inbox);
      if (head === undefined && !hadBegun) this.deadline = this.wheel.after(this.options.headTimeout);
      return head;
    } catch (error) {
      this.#refuse(error instanceof HttpError ? error : new HttpError(400));
      return undefined;
    }
  }

  #begin(head: RequestHead): void {
    this.#phase = phase.answer;
    this.deadline = Number.POSITIVE_INFINITY;
    this.#served += 1;
    this.#host.counters.requests += 1;
    this.#head = head;
    if (head.contentLength !== 0) {
      this.#receiver = new BodyReceiver(head, this);
      if (this.#inbox.size > 0) this.#takeBody(this.#receiver);
    }
    const request = new NetRequest(head, this.#receiver?.body ?? noBody, this.#peer);
    this.#request = request;
    const answer = runHandler(this.#host, request);
    // One that is there already leaves without a turn of the microtask queue.
    if (answer instanceof Promise) void answer.then((response) => this.#answer(response));
    else this.#answer(answer);
  }

  #takeBody(receiver: BodyReceiver): void {
    try {
      receiver.take(this.#inbox);
    } catch (error) {
      this.#host.counters.refused += 1;
      this.#breakBody(error instanceof HttpError ? error : new HttpError(400));
      return;
    }
    if (this.#phase === phase.rest) {
      receiver.body.discard();
      if (!receiver.isOpen) this.#next();
    } else if (!this.#writer.isStreaming) this.deadline = Number.POSITIVE_INFINITY;
  }

  /** The body cannot be read to its end: its reader learns why, and an answer that has begun is cut. */
  #breakBody(error: HttpError): void {
    this.#isBroken = true;
    this.#inbox.clear();
    this.#receiver?.fail(error);
    if (this.#phase === phase.rest) this.close();
    else if (this.#writer.isStreaming) this.#writer.cut(bodyCut());
  }

  #refuse(error: HttpError): void {
    if (error.status === 408) this.#host.counters.timedOut += 1;
    else this.#host.counters.refused += 1;
    this.#writer.write(buildProblem(error), { isHead: false, minor: 1, close: true, more: false });
    this.close();
  }

  #answer(response: HttpResponse): void {
    if (response.upgrade !== undefined && this.#phase === phase.answer) return this.#switch(response);
    const head = this.#head as RequestHead;
    const receiver = this.#receiver;
    if (this.#phase === phase.closed || (this.#isHalfClosed && this.#isBroken)) {
      abandonResponse(response, answerCut());
      this.#socket.destroy();
      return;
    }
    const isLast = (this.#host.isStopping || this.#isHalfClosed) && this.#inbox.size === 0;
    const isWorn = this.#served >= this.options.maxRequestsPerConnection;
    this.#closes = !head.keepAlive || isLast || isWorn || receiver?.leavesTooMuch(head.expectsContinue) === true;
    const isHead = head.method === "HEAD";
    const more = !this.#closes && this.#inbox.size > 0;
    if (this.#writer.write(response, { isHead, minor: head.minor, close: this.#closes, more }))
      this.endAnswer(undefined);
    else this.deadline = this.wheel.after(this.options.writeTimeout);
  }

  /** The connection is another protocol's from now on; the engine only cuts it when its stop takes too long. */
  #switch(response: HttpResponse): void {
    const { offersUpgrade, contentLength } = this.#head as RequestHead;
    if (!offersUpgrade || contentLength !== 0 || this.#isHalfClosed) return this.#answer(refuseSwitch(response));
    this.#phase = phase.switched;
    this.#socket.off("data", this.#onData).off("end", this.#onEnd);
    switchProtocols(this.#socket, response, this.#inbox.takeAll());
  }

  endAnswer(failure: unknown): void {
    // A departure is known here first when it is a write that fails.
    if (failure instanceof ClientGoneError) this.#request?.leave();
    this.#request = undefined;
    if (this.#phase === phase.closed) return;
    if (failure !== undefined) {
      // What was written arrives, and the client sees that the answer was cut.
      this.#phase = phase.linger;
      this.deadline = this.wheel.after(lingerTime);
      this.#socket.destroySoon();
    } else if (this.#closes) {
      this.close();
    } else if (this.#receiver?.isOpen === true) {
      this.#phase = phase.rest;
      this.#receiver.body.discard();
      this.deadline = this.#receiver.beginWait();
      if (this.#socket.isPaused()) this.#socket.resume();
    } else this.#next();
  }

  #next(): void {
    this.#phase = phase.head;
    this.#receiver = undefined;
    this.#head = undefined;
    this.deadline = this.wheel.after(this.options.keepAliveTimeout);
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#inbox.size > 0 || this.#isHalfClosed) this.#readHeads();
  }

  #takeEnd(): void {
    this.#isHalfClosed = true;
    if (this.#phase === phase.head) this.#endHalfClosed();
    else if (this.#phase !== phase.answer) this.#socket.destroySoon();
    else if (this.#receiver?.isOpen === true) this.#leave();
    else this.deadline = this.wheel.after(halfClosedGrace);
  }

  #endHalfClosed(): void {
    if (this.#reader.hasBegun) this.#refuse(new HttpError(400, { detail: "The request ends in its head." }));
    else this.close();
  }

  /** The client went away in the middle: what is under way learns of it, and no answer is written. */
  #leave(): void {
    this.#isBroken = true;
    this.#receiver?.fail(bodyCut());
    this.#writer.cut(answerCut());
    this.#request?.leave();
  }

  #takeClose(): void {
    this.#phase = phase.closed;
    this.deadline = Number.POSITIVE_INFINITY;
    this.#inbox.clear();
    this.#leave();
    this.#host.closed(this);
  }
}
