/** Which tasks of a SQLite file run next: what is due, most urgent first, as far as every limit allows. */

import type { SqliteRow, SqliteStatements } from "./sqlite-statements.ts";
import { addFailure, end } from "./sqlite-task-ends.ts";
import { buildLoss } from "./task-loss.ts";
import type { Claim, ClaimRequest, ClaimResult, TaskDemand } from "./task-store.ts";

/** In the place of a queue's name: every queue. */
export const everyQueue = "*";

/** Milliseconds between two looks for rows that need not be kept any more, and how many go at once. */
const purgeInterval = 60_000;
const purgeBatch = 1_000;

// The planner would take the index of states, which has every task of them.
const readyTasks = "apus_tasks INDEXED BY apus_tasks_ready WHERE state = 'queued' AND ready = 1";
const delayedTasks = "apus_tasks INDEXED BY apus_tasks_delayed WHERE state = 'queued' AND ready = 0";
const expiringTasks = "apus_tasks INDEXED BY apus_tasks_expiring WHERE state = 'queued' AND expires_at IS NOT NULL";
const runningTasks = "apus_tasks INDEXED BY apus_tasks_running WHERE state = 'running'";

const hasWork = `
SELECT EXISTS (SELECT 1 FROM ${readyTasks})
  OR EXISTS (SELECT 1 FROM ${delayedTasks} AND due_at <= ?1)
  OR EXISTS (SELECT 1 FROM ${expiringTasks} AND expires_at <= ?1)
  OR EXISTS (SELECT 1 FROM ${runningTasks} AND lease_until <= ?1) AS found`;

const nextTime = `
SELECT min(at) AS at FROM (
  SELECT min(due_at) AS at FROM ${delayedTasks}
  UNION ALL SELECT min(expires_at) FROM ${expiringTasks}
  UNION ALL SELECT min(lease_until) FROM ${runningTasks})`;

const listLost = `SELECT id, fence, failures, retries, cancelling FROM ${runningTasks} AND lease_until <= ?`;

const promote = `
UPDATE apus_tasks INDEXED BY apus_tasks_delayed SET ready = 1 WHERE state = 'queued' AND ready = 0 AND due_at <= ?`;

/** A task whose result another one may still need is kept. */
const purge = `
DELETE FROM apus_tasks WHERE seq IN (
  SELECT seq FROM apus_tasks AS old WHERE keep_until <= ?1 AND NOT EXISTS (
    SELECT 1 FROM apus_task_edges JOIN apus_tasks AS later ON later.id = after_id
    WHERE before_id = old.id AND later.state IN ('waiting', 'queued', 'running'))
  LIMIT ?2)
RETURNING id`;

const listReady = `
SELECT seq, task, priority, due_at, run_key FROM ${readyTasks} AND task = ?1
  AND queue NOT IN (SELECT queue FROM apus_task_pauses) AND (?2 IS NULL OR queue IN (SELECT value FROM json_each(?2)))
ORDER BY priority DESC, due_at, seq`;

const take = `
UPDATE apus_tasks SET state = 'running', fence = fence + 1, started_at = ?2, lease_until = ?3
WHERE seq IN (SELECT value FROM json_each(?1))
RETURNING seq, id, fence, task, queue, input, context, failures, due_at, pass`;

const listPrevious = `
SELECT result FROM apus_task_edges JOIN apus_tasks ON id = before_id WHERE after_id = ? ORDER BY position`;

interface ReadyRow {
  readonly seq: number;
  readonly task: string;
  readonly priority: number;
  readonly due_at: number;
  readonly run_key: string | null;
}

type RateLimit = NonNullable<TaskDemand["rate"]>;

/** One search for tasks; `waits` are times at which a limit that held one back no longer does. */
interface Search {
  readonly request: ClaimRequest;
  readonly now: number;
  readonly waits: number[];
}

export class SqliteTaskClaims {
  readonly #db: SqliteStatements;
  readonly #lease: number;
  #purgedAt = 0;

  constructor(db: SqliteStatements, lease: number) {
    this.#db = db;
    this.#lease = lease;
  }

  claim(request: ClaimRequest, now: number): ClaimResult {
    // Whoever finds nothing has not taken the lock either.
    if (this.#db.first(hasWork, now)?.["found"] !== 1) return { claims: [], nextAt: this.#findNext([]) };
    const waits: number[] = [];
    const claims = this.#db.transact(() => {
      this.#tidy(now);
      return this.#take(this.#choose({ request, now, waits }), request, now);
    });
    return { claims, nextAt: this.#findNext(waits) };
  }

  /** What need not be kept any more goes. */
  purge(now: number): void {
    if (now - this.#purgedAt < purgeInterval) return;
    this.#db.transact(() => {
      const ids = this.#db.all(purge, now, purgeBatch).map(({ id }) => id);
      if (ids.length < purgeBatch) this.#purgedAt = now;
      if (ids.length === 0) return;
      this.#db.run(
        "DELETE FROM apus_task_edges WHERE after_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(ids),
      );
    });
  }

  /** What time has done by itself: lost runs, late ones, due ones. */
  #tidy(now: number): void {
    for (const { id, fence, failures, retries, cancelling } of this.#db.all(listLost, now)) {
      const attempt = Number(failures) + 1;
      addFailure(this.#db, { id: String(id), fence: Number(fence) }, buildLoss(attempt, now));
      if (cancelling === 1) end({ db: this.#db, now }, String(id), "cancelled");
      else if (attempt > Number(retries)) end({ db: this.#db, now }, String(id), "dead");
      else {
        const again = "UPDATE apus_tasks SET state = 'queued', ready = 1, due_at = ?, lease_until = NULL WHERE id = ?";
        this.#db.run(again, now, String(id));
      }
    }
    for (const { id } of this.#db.all(`SELECT id FROM ${expiringTasks} AND expires_at <= ?`, now))
      end({ db: this.#db, now }, String(id), "expired");
    this.#db.run(promote, now);
  }

  #choose(search: Search): readonly ReadyRow[] {
    const { request } = search;
    if (this.#db.first("SELECT 1 FROM apus_task_pauses WHERE queue = ?", everyQueue) !== undefined) return [];
    const found = request.demands.flatMap((demand) => this.#chooseOf(demand, search));
    return found
      .toSorted((a, b) => b.priority - a.priority || a.due_at - b.due_at || a.seq - b.seq)
      .slice(0, Math.max(request.count, 0));
  }

  #chooseOf(demand: TaskDemand, search: Search): readonly ReadyRow[] {
    const { request } = search;
    const { name, free, perKey, rate } = demand;
    const allowed = rate === undefined ? free : Math.min(free, this.#countStartsLeft(name, rate, search));
    const most = Math.min(allowed, request.count);
    if (most <= 0) return [];
    const keys = perKey === undefined ? undefined : this.#countKeys(name);
    const chosen: ReadyRow[] = [];
    const queues = request.queues === undefined ? null : JSON.stringify(request.queues);
    for (const found of this.#db.iterate(listReady, name, queues)) {
      const row = found as unknown as ReadyRow;
      if (keys !== undefined && row.run_key !== null) {
        const count = keys.get(row.run_key) ?? 0;
        if (count >= (perKey ?? 1)) continue;
        keys.set(row.run_key, count + 1);
      }
      chosen.push(row);
      if (chosen.length >= most) break;
    }
    return chosen;
  }

  #countKeys(name: string): Map<unknown, number> {
    const text = `SELECT run_key, count(*) AS count FROM ${runningTasks} AND task = ? AND run_key IS NOT NULL
      GROUP BY run_key`;
    return new Map(this.#db.all(text, name).map(({ run_key: key, count }) => [key, Number(count)]));
  }

  #countStartsLeft(name: string, { limit, per }: RateLimit, { now, waits }: Search): number {
    this.#db.run("DELETE FROM apus_task_starts WHERE task = ? AND at <= ?", name, now - per);
    const row = this.#db.first("SELECT count(*) AS count, min(at) AS first FROM apus_task_starts WHERE task = ?", name);
    const left = limit - Number(row?.["count"]);
    if (left <= 0) waits.push(Number(row?.["first"]) + per);
    return left;
  }

  #take(chosen: readonly ReadyRow[], { demands }: ClaimRequest, now: number): readonly Claim[] {
    if (chosen.length === 0) return [];
    const limited = new Set(demands.flatMap(({ name, rate }) => (rate === undefined ? [] : [name])));
    for (const { task } of chosen) {
      if (limited.has(task)) this.#db.run("INSERT INTO apus_task_starts (task, at) VALUES (?, ?)", task, now);
    }
    const order = new Map(chosen.map(({ seq }, index) => [seq, index]));
    return this.#db
      .all(take, JSON.stringify(chosen.map(({ seq }) => seq)), now, now + this.#lease)
      .toSorted((a, b) => Number(order.get(Number(a["seq"]))) - Number(order.get(Number(b["seq"]))))
      .map((row) => this.#describe(row));
  }

  #describe(row: SqliteRow): Claim {
    const id = String(row["id"]);
    const pass = (row["pass"] as string | null) ?? undefined;
    const previous =
      pass === undefined ? [] : this.#db.all(listPrevious, id).map(({ result }) => (result as string | null) ?? "null");
    return {
      id,
      fence: Number(row["fence"]),
      task: String(row["task"]),
      queue: String(row["queue"]),
      input: String(row["input"]),
      context: (row["context"] as string | null) ?? undefined,
      attempt: Number(row["failures"]) + 1,
      dueAt: Number(row["due_at"]),
      pass,
      previous,
    };
  }

  #findNext(waits: readonly number[]): number | undefined {
    const at = this.#db.first(nextTime)?.["at"];
    const times = typeof at === "number" ? [...waits, at] : waits;
    return times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time));
  }
}
