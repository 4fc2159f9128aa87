/** Those who wait for tasks to end: asked for together, at once for what ended here, and soon for what ended elsewhere. */

import type { StoredTask } from "./task-record.ts";
import type { TaskStore } from "./task-store.ts";

interface Waiter {
  readonly id: string;
  readonly resolve: (found: StoredTask | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds between two questions after something has changed, and after which is asked although nothing was heard. */
const shortestPause = 20;
const longestPause = 1_000;
/** Times as long as the last answer took: many who wait do not keep the store from its work. */
const restFactor = 5;

export class TaskWaiters {
  readonly #store: Pick<TaskStore, "ended" | "get">;
  readonly #waiting = new Map<string, Set<Waiter>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSoon = false;
  #lastTook = 0;
  #ended: string[] = [];

  constructor(store: Pick<TaskStore, "ended" | "get">) {
    this.#store = store;
  }

  /** The task once it has ended; undefined for one that is not known. @throws the signal's reason */
  async wait(id: string, signal: AbortSignal | undefined): Promise<StoredTask | undefined> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<StoredTask | undefined>();
    const waiter = { id, resolve, reject };
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.set(id, (this.#waiting.get(id) ?? new Set<Waiter>()).add(waiter));
    // It may have ended long ago.
    this.end(id);
    this.#plan(longestPause);
    try {
      return await promise;
    } finally {
      this.#remove(waiter);
      signal?.removeEventListener("abort", abort);
    }
  }

  /** This one has ended here, or may have. */
  end(id: string): void {
    if (!this.#waiting.has(id)) return;
    this.#ended.push(id);
    if (this.#ended.length > 1) return;
    queueMicrotask(() => void this.#ask(this.#ended.splice(0)));
  }

  /** Something may have ended elsewhere. */
  notice(): void {
    if (this.#waiting.size === 0 || this.#isSoon) return;
    this.#plan(Math.max(shortestPause, this.#lastTook * restFactor));
    this.#isSoon = true;
  }

  /** Nobody is going to be told any more. */
  close(error: Error): void {
    clearTimeout(this.#timer);
    for (const { reject } of [...this.#waiting.values()].flatMap((waiters) => [...waiters])) reject(error);
    this.#waiting.clear();
  }

  #remove(waiter: Waiter): void {
    const left = this.#waiting.get(waiter.id);
    left?.delete(waiter);
    if (left?.size === 0) this.#waiting.delete(waiter.id);
  }

  #plan(pause: number): void {
    if (this.#isSoon) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#askAll(), pause);
  }

  async #askAll(): Promise<void> {
    this.#isSoon = false;
    const before = performance.now();
    await this.#ask([...this.#waiting.keys()]);
    this.#lastTook = performance.now() - before;
    if (this.#waiting.size > 0) this.#plan(longestPause);
  }

  async #ask(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      const ended = await this.#store.ended(ids);
      if (ended.length === 0) return;
      const rows = await this.#store.get(ended);
      ended.forEach((id, index) => {
        for (const { resolve } of this.#waiting.get(id) ?? []) resolve(rows[index]);
      });
    } catch {
      // The next question may be answered.
    }
  }
}
