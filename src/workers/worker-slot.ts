/** One worker of the pool, and the call that it runs. */

import { ApusError } from "../errors/apus-error.ts";
import { createProcess } from "./create-process.ts";
import { createThread } from "./create-thread.ts";
import { decodeThrown, encodeThrown } from "./encode-thrown.ts";
import { warnOfListening } from "./listen-hint.ts";
import { poolSettings } from "./pool-settings.ts";
import { RemoteStream } from "./remote-stream.ts";
import { packArguments, unpackValue } from "./sent-values.ts";
import { describeTarget, type CallEnd, type WorkerCall } from "./worker-call.ts";
import { WorkerLostError, type WorkerLoss } from "./worker-lost-error.ts";
import { showUrl, type FromWorker, type ToWorker } from "./worker-messages.ts";
import type { WorkerKind, WorkerPort } from "./worker-port.ts";

/** What the pool is told by its workers. */
export interface SlotEvents {
  /** A call is over, and the worker can take another one. */
  onFree(slot: WorkerSlot): void;
  /** It has had nothing to do for as long as it may. */
  onIdle(slot: WorkerSlot): void;
  /** The worker is gone, or about to go. */
  onGone(slot: WorkerSlot): void;
}

/** Milliseconds that a worker may take to start and to load a module. */
const loadTime = 60_000;

export class WorkerSlot {
  readonly kind: WorkerKind;
  /** Modules that the worker has loaded. */
  readonly loaded: Set<string> = new Set();
  readonly #events: SlotEvents;
  readonly #port: WorkerPort;
  #call: WorkerCall | undefined;
  /** For what the running call is waited for: to be loaded, or to end after it was given up. */
  #timer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #isLoading = false;
  #isGone = false;

  constructor(kind: WorkerKind, events: SlotEvents) {
    this.kind = kind;
    this.#events = events;
    this.#port = (kind.process ? createProcess : createThread)(kind, {
      onMessage: (message) => this.#receive(message),
      onLost: (loss) => this.#lose(loss),
    });
  }

  get isBusy(): boolean {
    return this.#call !== undefined;
  }

  run(call: WorkerCall): void {
    const { target, args: given, request } = call.order;
    const isCold = !this.loaded.has(target.url);
    const transfer = [...call.order.transfer];
    const { args, buffers } = packArguments(given, transfer);
    this.#take(call);
    call.onGivenUp((reason, end) => this.#giveUp(call, reason, end));
    try {
      this.#port.post({ kind: "call", id: call.id, target, args, buffers, request, isCold }, transfer);
    } catch (cause) {
      call.fail(refuseArguments(call, cause), "failed");
      this.#release();
      return;
    }
    if (isCold) this.#limitLoading(call);
    else call.begin();
  }

  /** Loads modules before they are needed; the call stands for that. */
  load(call: WorkerCall, urls: readonly string[]): void {
    this.#take(call);
    this.#limitLoading(call);
    this.#port.post({ kind: "load", id: call.id, urls }, []);
    for (const url of urls) this.loaded.add(url);
  }

  /** From now on `onIdle` is called when there is nothing to do for so many milliseconds. */
  waitIdle(idle: number): void {
    this.#idleTimer ??= setTimeout(() => {
      if (!this.isBusy && !this.#isGone) this.#events.onIdle(this);
    }, idle).unref();
    this.#idleTimer.refresh();
  }

  /** Ends the worker; a call that it runs is lost. */
  end(): Promise<void> {
    this.#leave({ reason: "exit", what: "was ended" });
    return this.#port.end();
  }

  /** The caller is told at once; the call may still end by itself, otherwise its worker is ended. */
  #giveUp(call: WorkerCall, reason: unknown, end: CallEnd): void {
    call.fail(reason, end);
    this.#stop(call, reason);
  }

  #stop(call: WorkerCall, reason: unknown): void {
    if (this.#call !== call) return;
    this.#port.giveUp(call.id);
    this.#tell({ kind: "abort", id: call.id, reason: encodeThrown(reason) });
    // The next call needs the module as well; the function will not begin.
    if (!this.#isLoading) this.#limitEnding(call);
  }

  #limitEnding(call: WorkerCall): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      call.complete(undefined);
      void this.end();
    }, poolSettings().grace);
  }

  #take(call: WorkerCall): void {
    this.#call = call;
    call.startedAt = performance.now();
    this.#port.hold(true);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#call = undefined;
    this.#isLoading = false;
    if (this.#isGone) return;
    this.#port.hold(false);
    this.#events.onFree(this);
  }

  #limitLoading(call: WorkerCall): void {
    this.#isLoading = true;
    this.#timer = setTimeout(() => {
      const where = showUrl(call.order.target.url);
      const message = `The worker did not load ${where} within ${loadTime / 1_000} s: does its top level wait for something that never comes?`;
      call.fail(new ApusError("APUS_OFFLOAD", message), "failed");
      void this.end();
    }, loadTime);
  }

  #receive(message: FromWorker): void {
    const call = this.#call;
    if (message.kind === "listened") return warnOfListening(showUrl(call?.order.target.url ?? "a module"));
    if (call?.id !== message.id) return;
    switch (message.kind) {
      case "started":
        this.loaded.add(call.order.target.url);
        this.#isLoading = false;
        clearTimeout(this.#timer);
        return call.end === undefined ? call.begin() : this.#limitEnding(call);
      case "stream":
        return call.openStream(this.#createStream(call));
      case "item":
        return call.pushItem(unpackValue(message));
      case "result":
        call.complete(unpackValue(message));
        return this.#release();
      case "failed":
        call.fail(decodeThrown(message.thrown, call.order.errors), "failed");
        return this.#release();
    }
  }

  #createStream(call: WorkerCall): RemoteStream {
    return new RemoteStream({
      pull: () => {
        if (this.#call === call) this.#tell({ kind: "pull", id: call.id, count: 1 });
      },
      cancel: () => {
        call.abandon();
        this.#stop(call, new DOMException("Nobody reads on.", "AbortError"));
      },
    });
  }

  #tell(message: ToWorker): void {
    this.#port.post(message, []);
  }

  #lose(loss: WorkerLoss): void {
    // Nobody waits for it: only the process's warnings can tell.
    if (!this.isBusy && loss.cause instanceof Error) process.emitWarning(loss.cause);
    this.#leave(loss);
  }

  #leave(loss: WorkerLoss): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    const call = this.#call;
    this.#call = undefined;
    call?.fail(new WorkerLostError(describeTarget(call.order.target), loss), "lost");
    this.#events.onGone(this);
  }
}

function refuseArguments({ order }: WorkerCall, cause: unknown): ApusError {
  const message = `An argument of ${describeTarget(order.target)} cannot be sent to a worker: ${(cause as Error).message} Send plain data, or an id.`;
  return new ApusError("APUS_OFFLOAD", message, { cause });
}
