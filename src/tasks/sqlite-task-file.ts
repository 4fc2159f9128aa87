/** A SQLite file of tasks, inside the thread that owns it: what a store can do, without waiting for anything. */

import { enqueueSteps } from "./enqueue-statements.ts";
import { everyQueue, SqliteTaskClaims } from "./sqlite-task-claims.ts";
import { cancelTask, requeueTasks, settleTask, type SqliteMoment } from "./sqlite-task-ends.ts";
import { migrateTaskTables } from "./sqlite-task-schema.ts";
import { SqliteStatements, type SqliteRow } from "./sqlite-statements.ts";
import type { StoredTask, TaskFailure, TaskState } from "./task-record.ts";
import type {
  ClaimReference,
  ClaimRequest,
  ClaimResult,
  EnqueuedTask,
  NewTask,
  Outcome,
  QueueFigures,
  RequeueFilter,
  ScheduleDeclaration,
  TaskFilter,
  TaskPage,
} from "./task-store.ts";

export interface TaskFileInit {
  readonly file: string;
  /** Milliseconds. */
  readonly lease: number;
  readonly busyTimeout: number;
}

const countAll = `
SELECT queue, CASE WHEN state = 'queued' AND due_at > ?1 THEN 'delayed' ELSE state END AS kind, count(*) AS count,
  min(due_at) AS oldest FROM apus_tasks GROUP BY queue, kind`;

export class SqliteTaskFile {
  readonly statements: SqliteStatements;
  readonly #claims: SqliteTaskClaims;

  constructor({ file, lease, busyTimeout }: TaskFileInit) {
    this.statements = new SqliteStatements(file, busyTimeout);
    migrateTaskTables(this.statements);
    this.#claims = new SqliteTaskClaims(this.statements, lease);
  }

  /** The path as SQLite has resolved it. */
  get path(): string {
    const main = this.statements.all("PRAGMA database_list").find(({ name }) => name === "main");
    return String(main?.["file"]);
  }

  enqueue(tasks: readonly NewTask[]): readonly EnqueuedTask[] {
    return this.statements.transact(() => {
      const steps = enqueueSteps(tasks, Date.now());
      let step = steps.next();
      while (step.done !== true) step = steps.next(this.statements.all(step.value.text, ...step.value.parameters));
      return step.value;
    });
  }

  claim(request: ClaimRequest): ClaimResult {
    const now = Date.now();
    this.#claims.purge(now);
    return this.#claims.claim(request, now);
  }

  settle(claim: ClaimReference, outcome: Outcome): boolean {
    return this.statements.transact(() => settleTask(this.#moment(), claim, outcome));
  }

  progress({ id, fence }: ClaimReference, value: string): void {
    const text = "UPDATE apus_tasks SET progress = ? WHERE id = ? AND fence = ? AND state = 'running'";
    this.statements.run(text, value, id, fence);
  }

  cancel(id: string): TaskState | undefined {
    return this.statements.transact(() => cancelTask(this.#moment(), id));
  }

  get(ids: readonly string[]): readonly (StoredTask | undefined)[] {
    const text = "SELECT * FROM apus_tasks WHERE id IN (SELECT value FROM json_each(?))";
    const rows = new Map(this.statements.all(text, JSON.stringify(ids)).map((row) => [row["id"], readRow(row)]));
    return ids.map((id) => rows.get(id));
  }

  ended(ids: readonly string[]): readonly string[] {
    const text = `SELECT value AS id FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM apus_tasks
      WHERE apus_tasks.id = json_each.value AND state IN ('queued', 'waiting', 'running'))`;
    return this.statements.all(text, JSON.stringify(ids)).map(({ id }) => String(id));
  }

  list({ state, task, queue, limit, cursor }: TaskFilter): TaskPage {
    const conditions: readonly (readonly [string, string | number | undefined])[] = [
      ["state = ?", state],
      ["task = ?", task],
      ["queue = ?", queue],
      ["seq < ?", cursor === undefined ? undefined : Number(cursor)],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`;
    const values = given.map(([, value]) => value ?? null);
    const text = `SELECT * FROM apus_tasks ${where} ORDER BY seq DESC LIMIT ?`;
    const rows = this.statements.all(text, ...values, limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { tasks: rows.slice(0, limit).map(readRow), cursor: last === undefined ? undefined : String(last["seq"]) };
  }

  requeue(filter: RequeueFilter): number {
    return this.statements.transact(() => requeueTasks(this.#moment(), filter));
  }

  pause(queue: string | undefined, isPaused: boolean): void {
    if (isPaused) this.statements.run("INSERT OR IGNORE INTO apus_task_pauses (queue) VALUES (?)", queue ?? everyQueue);
    else if (queue === undefined) this.statements.run("DELETE FROM apus_task_pauses");
    else this.statements.run("DELETE FROM apus_task_pauses WHERE queue = ?", queue);
  }

  stats(): readonly QueueFigures[] {
    const now = Date.now();
    const paused = new Set(this.statements.all("SELECT queue FROM apus_task_pauses").map(({ queue }) => String(queue)));
    const rows = this.statements.all(countAll, now);
    const queues = new Set([...paused, ...rows.map(({ queue }) => String(queue))]);
    queues.delete(everyQueue);
    return [...queues].toSorted().map((queue) => {
      const find = (kind: string): SqliteRow | undefined =>
        rows.find((row) => row["queue"] === queue && row["kind"] === kind);
      const count = (kind: string): number => Number(find(kind)?.["count"] ?? 0);
      const ends = {
        done: count("done"),
        dead: count("dead"),
        cancelled: count("cancelled"),
        expired: count("expired"),
      };
      const open = { queued: count("queued"), delayed: count("delayed"), waiting: count("waiting") };
      const lag = now - Number(find("queued")?.["oldest"] ?? now);
      return {
        queue,
        isPaused: paused.has(queue) || paused.has(everyQueue),
        ...open,
        running: count("running"),
        ...ends,
        lag,
      };
    });
  }

  schedules(declared: readonly ScheduleDeclaration[]): readonly number[] {
    const text = `INSERT INTO apus_task_schedules (name, definition, last_at) VALUES (?1, ?2, ?3)
      ON CONFLICT (name) DO UPDATE SET definition = ?2, last_at = ?3 WHERE definition <> ?2`;
    return this.statements.transact(() =>
      declared.map(({ name, definition }) => {
        this.statements.run(text, name, definition, Date.now());
        return Number(
          this.statements.first("SELECT last_at FROM apus_task_schedules WHERE name = ?", name)?.["last_at"],
        );
      }),
    );
  }

  fire(schedule: string, dueAt: number, task: NewTask | undefined): boolean {
    return this.statements.transact(() => {
      const text = "UPDATE apus_task_schedules SET last_at = ?2 WHERE name = ?1 AND last_at < ?2";
      if (this.statements.run(text, schedule, dueAt) === 0) return false;
      if (task !== undefined) this.enqueue([task]);
      return true;
    });
  }

  /** Renews leases; gives the ids of those that are still held, and whether each was asked to stop. */
  renew(claims: readonly ClaimReference[], leaseUntil: number): ReadonlyMap<string, boolean> {
    const text = `UPDATE apus_tasks SET lease_until = ?2 FROM json_each(?1) AS held
      WHERE apus_tasks.id = held.value ->> 'id' AND fence = held.value ->> 'fence' AND state = 'running'
      RETURNING apus_tasks.id AS id, cancelling`;
    const rows = this.statements.all(text, JSON.stringify(claims), leaseUntil);
    return new Map(rows.map(({ id, cancelling }) => [String(id), cancelling === 1]));
  }

  /** Ids of running tasks that were asked to stop. */
  listCancelling(): readonly string[] {
    return this.statements
      .all("SELECT id FROM apus_tasks INDEXED BY apus_tasks_running WHERE state = 'running' AND cancelling = 1")
      .map(({ id }) => String(id));
  }

  close(): void {
    this.statements.close();
  }

  #moment(): SqliteMoment {
    return { db: this.statements, now: Date.now() };
  }
}

function readRow(row: SqliteRow): StoredTask {
  const text = (name: string): string | undefined => (row[name] as string | null) ?? undefined;
  const number = (name: string): number | undefined => (row[name] as number | null) ?? undefined;
  return {
    id: String(row["id"]),
    task: String(row["task"]),
    queue: String(row["queue"]),
    state: row["state"] as TaskState,
    input: String(row["input"]),
    result: text("result"),
    progress: text("progress"),
    context: text("context"),
    priority: Number(row["priority"]),
    failures: Number(row["failures"]),
    retries: Number(row["retries"]),
    errors: JSON.parse(String(row["errors"])) as TaskFailure[],
    isCancelling: row["cancelling"] === 1,
    enqueuedAt: Number(row["enqueued_at"]),
    dueAt: Number(row["due_at"]),
    startedAt: number("started_at"),
    endedAt: number("ended_at"),
    expiresAt: number("expires_at"),
  };
}
