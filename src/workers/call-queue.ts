/** Calls that wait for a worker: by priority, and in each priority in order. */

import type { OffloadPriority } from "./offloaded.ts";

export class CallQueue<Call extends { readonly priority: OffloadPriority }> {
  readonly #waiting: Readonly<Record<OffloadPriority, Set<Call>>> = {
    high: new Set(),
    normal: new Set(),
    low: new Set(),
  };

  get size(): number {
    const { high, normal, low } = this.#waiting;
    return high.size + normal.size + low.size;
  }

  add(call: Call): void {
    this.#waiting[call.priority].add(call);
  }

  /** Whether it was there. */
  delete(call: Call): boolean {
    return this.#waiting[call.priority].delete(call);
  }

  /** The next one; it stays in the queue. */
  first(): Call | undefined {
    for (const calls of [this.#waiting.high, this.#waiting.normal, this.#waiting.low]) {
      for (const call of calls) return call;
    }
    return undefined;
  }
}
