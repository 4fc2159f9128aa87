/** Which tasks of the memory store run next: what is due, most urgent first, as far as every limit allows. */

import type { MemoryRow } from "./memory-row.ts";
import { addFailure, endRow } from "./memory-task-ends.ts";
import type { MemoryTaskTable } from "./memory-task-table.ts";
import { byUrgency } from "./sorted-rows.ts";
import { buildLoss } from "./task-loss.ts";
import type { Claim, ClaimRequest, ClaimResult, TaskDemand } from "./task-store.ts";

/** Milliseconds between two looks for rows that need not be kept any more. */
const purgeInterval = 60_000;

type RateLimit = NonNullable<TaskDemand["rate"]>;

/** One search for tasks; `waits` are times at which a limit that held one back no longer does. */
interface Search {
  readonly request: ClaimRequest;
  readonly now: number;
  readonly waits: number[];
}

export class MemoryTaskClaims {
  readonly #table: MemoryTaskTable;
  #purgedAt = 0;

  constructor(table: MemoryTaskTable) {
    this.#table = table;
  }

  claim(request: ClaimRequest, lease: number, now: number): ClaimResult {
    this.#tidy(now);
    const waits: number[] = [];
    const found = request.demands.flatMap((demand) => this.#choose(demand, { request, now, waits }));
    const chosen = found.toSorted(byUrgency).slice(0, Math.max(request.count, 0));
    for (const row of chosen) {
      const { fence } = row;
      this.#table.move(row, { state: "running", startedAt: now, fence: fence + 1, leaseUntil: now + lease }, now);
      if (request.demands.some(({ name, rate }) => name === row.task && rate !== undefined)) this.#noteStart(row, now);
    }
    return { claims: chosen.map((row) => this.#describe(row)), nextAt: this.#findNext(waits) };
  }

  /** What time has done by itself: lost runs, late ones, due ones, old ones. */
  #tidy(now: number): void {
    const table = this.#table;
    for (const row of table.running) {
      if (row.leaseUntil > now) continue;
      addFailure(row, buildLoss(row.failures + 1, now));
      if (row.isCancelling) endRow({ table, now }, row, "cancelled");
      else if (row.failures > row.retries) endRow({ table, now }, row, "dead");
      else table.move(row, { state: "queued", dueAt: now }, now);
    }
    for (const row of table.expiring) if ((row.expiresAt ?? now) <= now) endRow({ table, now }, row, "expired");
    for (let row = table.delayed.first; row !== undefined && row.dueAt <= now; row = table.delayed.first) {
      table.move(row, {}, now);
    }
    if (now - this.#purgedAt < purgeInterval) return;
    this.#purgedAt = now;
    for (const row of table.rows.values()) if ((row.keepUntil ?? now + 1) <= now) this.#purge(row);
  }

  /** The result of a task is kept as long as another one may need it. */
  #purge(row: MemoryRow): void {
    const isNeeded = (this.#table.dependents.get(row.id) ?? []).some(({ state }) =>
      ["waiting", "queued", "running"].includes(state),
    );
    if (!isNeeded) this.#table.delete(row);
  }

  #choose(demand: TaskDemand, search: Search): readonly MemoryRow[] {
    const { request } = search;
    const { name, free, perKey, rate } = demand;
    const allowed = rate === undefined ? free : Math.min(free, this.#countStartsLeft(name, rate, search));
    const keys = new Map<string, number>();
    if (perKey !== undefined) {
      for (const { task, key } of this.#table.running) {
        if (task === name && key !== undefined) keys.set(key, (keys.get(key) ?? 0) + 1);
      }
    }
    const chosen: MemoryRow[] = [];
    for (const row of this.#table.ready.get(name) ?? []) {
      if (chosen.length >= Math.min(allowed, request.count)) break;
      if (this.#table.isPaused(row.queue) || request.queues?.includes(row.queue) === false) continue;
      if (perKey !== undefined && row.key !== undefined) {
        const count = keys.get(row.key) ?? 0;
        if (count >= perKey) continue;
        keys.set(row.key, count + 1);
      }
      chosen.push(row);
    }
    return chosen;
  }

  #countStartsLeft(name: string, { limit, per }: RateLimit, { now, waits }: Search): number {
    const starts = (this.#table.starts.get(name) ?? []).filter((at) => at > now - per);
    this.#table.starts.set(name, starts);
    if (starts.length >= limit && this.#table.ready.get(name)?.first !== undefined)
      waits.push((starts[0] ?? now) + per);
    return limit - starts.length;
  }

  #noteStart(row: MemoryRow, now: number): void {
    this.#table.starts.set(row.task, [...(this.#table.starts.get(row.task) ?? []), now]);
  }

  #findNext(waits: readonly number[]): number | undefined {
    const { delayed, running, expiring } = this.#table;
    const times = [
      ...waits,
      delayed.first?.dueAt,
      ...[...running].map(({ leaseUntil }) => leaseUntil),
      ...[...expiring].map(({ expiresAt }) => expiresAt),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time));
  }

  #describe(row: MemoryRow): Claim {
    const { id, fence, task, queue, input, context, dueAt, pass } = row;
    const previous = row.after.map((before) => this.#table.rows.get(before)?.result ?? "null");
    return { id, fence, task, queue, input, context, attempt: row.failures + 1, dueAt, pass, previous };
  }
}
