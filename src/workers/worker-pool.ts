/** Workers that are started when they are needed, and the calls that wait for them. */

import { AsyncLocalStorage } from "node:async_hooks";
import { HttpError } from "../errors/http-error.ts";
import { CallQueue } from "./call-queue.ts";
import { PoolStatistics, type OffloadStatistics } from "./pool-statistics.ts";
import { poolSettings } from "./pool-settings.ts";
import { WorkerCall, type CallOrder } from "./worker-call.ts";
import type { WorkerKind } from "./worker-port.ts";
import { WorkerSlot, type SlotEvents } from "./worker-slot.ts";

/** Workers outlive the request that starts them, and must not keep it. */
const outside = AsyncLocalStorage.snapshot();

const plainKind: WorkerKind = { process: false, memoryMb: undefined };

class WorkerPool implements SlotEvents {
  readonly #queue = new CallQueue<WorkerCall>();
  readonly #slots = new Set<WorkerSlot>();
  /** The one that was used last is the last. */
  readonly #idle: WorkerSlot[] = [];
  /** Told when a worker has become free, or has gone. */
  readonly #closers: (() => void)[] = [];
  readonly #statistics = new PoolStatistics();
  readonly #onEnd = (call: WorkerCall): void => this.#statistics.count(call);

  /** Resolves to what the function gives; rejects at once with an `HttpError` 503 when too many calls wait. */
  run(order: CallOrder): Promise<unknown> {
    if (order.signal?.aborted === true) return Promise.reject(order.signal.reason as Error);
    const call = new WorkerCall(order, this.#onEnd);
    const { promise } = call;
    const slot = this.#queue.size === 0 ? this.#findSlot(order) : undefined;
    if (slot !== undefined) slot.run(call);
    else if (this.#queue.size < poolSettings().queue) this.#wait(call);
    else {
      this.#statistics.refuse();
      const error = new HttpError(503, "Too much work is waiting.", { headers: { "retry-after": "1" } });
      return Promise.reject(error);
    }
    return promise;
  }

  /** Starts as many threads as there may be and loads the modules in each that is not at work. */
  async warm(urls: readonly string[]): Promise<void> {
    const { threads } = poolSettings();
    while (this.#slots.size < threads) this.#idle.push(this.#start(plainKind));
    const free = this.#idle.splice(0);
    const loads = free.map((slot) => {
      const call = new WorkerCall(buildLoadOrder(slot.kind), () => {});
      const { promise } = call;
      slot.load(call, urls);
      return promise;
    });
    await Promise.all(loads);
  }

  /** Waits until nothing runs or waits, then ends the workers; later calls start new ones. */
  async close(): Promise<void> {
    while (this.#idle.length < this.#slots.size || this.#queue.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#closers.push(resolve);
      await promise;
    }
    await Promise.all([...this.#slots].map((slot) => slot.end()));
  }

  read(): OffloadStatistics {
    const threads = this.#slots.size;
    return this.#statistics.read({ threads, busy: threads - this.#idle.length, queued: this.#queue.size });
  }

  onFree(slot: WorkerSlot): void {
    const { threads, idle } = poolSettings();
    this.#idle.push(slot);
    if (this.#slots.size > threads) void slot.end();
    else slot.waitIdle(idle);
    this.#goOn();
  }

  onIdle(slot: WorkerSlot): void {
    void slot.end();
  }

  onGone(slot: WorkerSlot): void {
    this.#slots.delete(slot);
    this.#takeIdle(slot);
    this.#goOn();
  }

  #wait(call: WorkerCall): void {
    this.#queue.add(call);
    call.onGivenUp((reason, end) => {
      this.#queue.delete(call);
      call.fail(reason, end);
      this.#goOn();
    });
  }

  #goOn(): void {
    for (let call = this.#queue.first(); call !== undefined; call = this.#queue.first()) {
      const slot = this.#findSlot(call.order);
      if (slot === undefined) break;
      this.#queue.delete(call);
      slot.run(call);
    }
    for (const tell of this.#closers.splice(0)) tell();
  }

  /** A free worker, best one that knows the module; a new one if there may be more; one in the place of another kind's. */
  #findSlot({ workerKind, target }: CallOrder): WorkerSlot | undefined {
    const fitting = this.#idle.filter(({ kind }) => isSameKind(kind, workerKind));
    const slot = fitting.findLast(({ loaded }) => loaded.has(target.url)) ?? fitting.at(-1);
    if (slot !== undefined) {
      this.#takeIdle(slot);
      return slot;
    }
    if (this.#slots.size >= poolSettings().threads) {
      const other = this.#idle[0];
      if (other === undefined) return undefined;
      this.#slots.delete(other);
      this.#takeIdle(other);
      void other.end();
    }
    return this.#start(workerKind);
  }

  #start(kind: WorkerKind): WorkerSlot {
    const slot = outside(() => new WorkerSlot(kind, this));
    this.#slots.add(slot);
    return slot;
  }

  #takeIdle(slot: WorkerSlot): void {
    const position = this.#idle.indexOf(slot);
    if (position !== -1) this.#idle.splice(position, 1);
  }
}

/** One pool for the whole process: its cores are what it shares out. */
export const workerPool: WorkerPool = new WorkerPool();

function isSameKind(one: WorkerKind, other: WorkerKind): boolean {
  return one.process === other.process && one.memoryMb === other.memoryMb;
}

function buildLoadOrder(workerKind: WorkerKind): CallOrder {
  return {
    target: { url: "a module", name: "warm()", isExport: false },
    args: [],
    transfer: [],
    workerKind,
    priority: "normal",
    timeout: undefined,
    signal: undefined,
    request: undefined,
    errors: [],
  };
}
