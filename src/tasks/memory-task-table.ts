/** The tasks of a memory store: rows by id, those that are due by urgency, and what is known of queues and schedules. */

import { buildMemoryRow, readStoredTask, type MemoryRow } from "./memory-row.ts";
import { byTime, byUrgency, SortedRows } from "./sorted-rows.ts";
import type { TaskState } from "./task-record.ts";
import type { EnqueuedTask, NewTask, QueueFigures, ScheduleDeclaration, TaskFilter, TaskPage } from "./task-store.ts";

/** In the place of a queue's name: every queue. */
export const everyQueue = "*";

interface KnownSchedule {
  definition: string;
  lastAt: number;
}

export class MemoryTaskTable {
  readonly rows: Map<string, MemoryRow> = new Map();
  readonly running: Set<MemoryRow> = new Set();
  /** Queued ones that it will be too late for. */
  readonly expiring: Set<MemoryRow> = new Set();
  readonly delayed: SortedRows = new SortedRows(byTime);
  /** By the name of the task. */
  readonly ready: Map<string, SortedRows> = new Map();
  readonly paused: Set<string> = new Set();
  /** Times of starts, by the name of the task. */
  readonly starts: Map<string, number[]> = new Map();
  /** By the id of what they come after. */
  readonly dependents: Map<string, MemoryRow[]> = new Map();
  readonly #uniques = new Map<string, MemoryRow[]>();
  readonly #schedules = new Map<string, KnownSchedule>();
  #lastSeq = 0;

  enqueue(tasks: readonly NewTask[], now: number): readonly EnqueuedTask[] {
    return tasks.map((task) => this.#enqueueOne(task, now));
  }

  /** Changes the state, and with it the places where the row is found. */
  move(row: MemoryRow, change: Partial<MemoryRow>, now: number): void {
    this.#unplace(row);
    Object.assign(row, change);
    this.#place(row, now);
  }

  delete(row: MemoryRow): void {
    this.#unplace(row);
    this.rows.delete(row.id);
    this.dependents.delete(row.id);
    if (row.unique === undefined) return;
    const left = this.#uniques.get(row.unique)?.filter((other) => other !== row) ?? [];
    if (left.length === 0) this.#uniques.delete(row.unique);
    else this.#uniques.set(row.unique, left);
  }

  list({ state, task, queue, limit, cursor }: TaskFilter): TaskPage {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
    const fitting = [...this.rows.values()].filter(
      (row) =>
        row.seq < before &&
        (state === undefined || row.state === state) &&
        (task === undefined || row.task === task) &&
        (queue === undefined || row.queue === queue),
    );
    const page = fitting.toSorted((a, b) => b.seq - a.seq).slice(0, limit);
    const last = fitting.length > limit ? page.at(-1) : undefined;
    return { tasks: page.map(readStoredTask), cursor: last === undefined ? undefined : String(last.seq) };
  }

  stats(now: number): readonly QueueFigures[] {
    const counts = new Map<string, Map<string, number>>();
    const oldest = new Map<string, number>();
    for (const queue of this.paused) if (queue !== everyQueue) counts.set(queue, new Map());
    for (const { queue, state, dueAt } of this.rows.values()) {
      const own = counts.get(queue) ?? new Map<string, number>();
      const column = state === "queued" && dueAt > now ? "delayed" : state;
      counts.set(queue, own.set(column, (own.get(column) ?? 0) + 1));
      if (column === "queued") oldest.set(queue, Math.min(oldest.get(queue) ?? now, dueAt));
    }
    return [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([queue, own]) => {
        const count = (column: TaskState | "delayed"): number => own.get(column) ?? 0;
        const ends = {
          done: count("done"),
          dead: count("dead"),
          cancelled: count("cancelled"),
          expired: count("expired"),
        };
        const open = { queued: count("queued"), delayed: count("delayed"), waiting: count("waiting") };
        const lag = now - (oldest.get(queue) ?? now);
        return { queue, isPaused: this.isPaused(queue), ...open, running: count("running"), ...ends, lag };
      });
  }

  isPaused(queue: string): boolean {
    return this.paused.has(queue) || this.paused.has(everyQueue);
  }

  schedules(declared: readonly ScheduleDeclaration[], now: number): readonly number[] {
    return declared.map(({ name, definition }) => {
      const known = this.#schedules.get(name);
      if (known?.definition === definition) return known.lastAt;
      this.#schedules.set(name, { definition, lastAt: now });
      return now;
    });
  }

  /** Whether nobody has fired it for this time or a later one. */
  takeTurn(schedule: string, dueAt: number): boolean {
    const known = this.#schedules.get(schedule);
    if (known === undefined || known.lastAt >= dueAt) return false;
    known.lastAt = dueAt;
    return true;
  }

  #enqueueOne(task: NewTask, now: number): EnqueuedTask {
    const same = task.unique === undefined ? undefined : this.#findSame(task, now);
    if (same !== undefined) {
      const { input, context, priority, dueAt, expiresAt } = task;
      if (task.unique?.when !== "reject") this.move(same, { input, context, priority, dueAt, expiresAt }, now);
      return { id: same.id, created: false };
    }
    this.#lastSeq += 1;
    const row = buildMemoryRow(task, this.#lastSeq, now);
    this.rows.set(row.id, row);
    for (const before of row.after) this.dependents.set(before, [...(this.dependents.get(before) ?? []), row]);
    if (row.unique !== undefined) this.#uniques.set(row.unique, [...(this.#uniques.get(row.unique) ?? []), row]);
    this.#place(row, now);
    return { id: row.id, created: true };
  }

  #findSame({ unique }: NewTask, now: number): MemoryRow | undefined {
    if (unique === undefined) return undefined;
    return this.#uniques
      .get(unique.key)
      ?.findLast(({ state, enqueuedAt }) =>
        unique.when === "reject"
          ? state === "queued" || state === "waiting" || state === "running" || enqueuedAt > now - unique.window
          : state === "queued",
      );
  }

  #place(row: MemoryRow, now: number): void {
    if (row.state === "running") this.running.add(row);
    if (row.state !== "queued") return;
    if (row.expiresAt !== undefined) this.expiring.add(row);
    if (row.dueAt > now) {
      this.delayed.add(row);
      return;
    }
    const known = this.ready.get(row.task) ?? new SortedRows(byUrgency);
    this.ready.set(row.task, known);
    known.add(row);
  }

  #unplace(row: MemoryRow): void {
    this.running.delete(row);
    this.expiring.delete(row);
    this.delayed.remove(row);
    this.ready.get(row.task)?.remove(row);
  }
}
