/** Rows of the memory store in order: those that are due by urgency, the others by their time. */

import type { MemoryRow } from "./memory-row.ts";

type Compare = (a: MemoryRow, b: MemoryRow) => number;

/** Most urgent first. */
export function byUrgency(a: MemoryRow, b: MemoryRow): number {
  return b.priority - a.priority || a.dueAt - b.dueAt || a.seq - b.seq;
}

export function byTime(a: MemoryRow, b: MemoryRow): number {
  return a.dueAt - b.dueAt || a.seq - b.seq;
}

/** What the order is made of must not change while a row is in it. */
export class SortedRows {
  readonly #compare: Compare;
  readonly #rows: MemoryRow[] = [];

  constructor(compare: Compare) {
    this.#compare = compare;
  }

  get first(): MemoryRow | undefined {
    return this.#rows[0];
  }

  add(row: MemoryRow): void {
    this.#rows.splice(this.#find(row), 0, row);
  }

  remove(row: MemoryRow): void {
    const index = this.#find(row);
    if (this.#rows[index] === row) this.#rows.splice(index, 1);
  }

  [Symbol.iterator](): IterableIterator<MemoryRow> {
    return this.#rows.values();
  }

  /** Where the row is, or would be. */
  #find(row: MemoryRow): number {
    let low = 0;
    let high = this.#rows.length;
    // Most rows come last.
    const last = this.#rows.at(-1);
    if (last !== undefined && this.#compare(last, row) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#rows[middle] as MemoryRow, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
