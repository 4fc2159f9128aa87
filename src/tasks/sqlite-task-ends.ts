/** How tasks in a SQLite file end, and what that means for those that wait for them. */

import type { SqliteStatements } from "./sqlite-statements.ts";
import { isFinal, keptFailures, type TaskFailure, type TaskState } from "./task-record.ts";
import type { ClaimReference, Outcome, RequeueFilter } from "./task-store.ts";

/** The file, and the time that it is. */
export interface SqliteMoment {
  readonly db: SqliteStatements;
  readonly now: number;
}

const isRun = "id = ? AND fence = ? AND state = 'running'";

/** False when the run has lost its lease to another one. */
export function settleTask(moment: SqliteMoment, claim: ClaimReference, outcome: Outcome): boolean {
  const { db, now } = moment;
  const { id, fence } = claim;
  switch (outcome.kind) {
    case "released":
      return queueAgain(moment, claim, now);
    case "retry":
      return addFailure(db, claim, outcome.failure) && queueAgain(moment, claim, now + outcome.delay);
    case "done":
      return (
        db.run(`UPDATE apus_tasks SET result = ? WHERE ${isRun}`, outcome.result, id, fence) > 0 &&
        end(moment, id, "done")
      );
    case "dead":
      return addFailure(db, claim, outcome.failure) && end(moment, id, "dead");
    case "cancelled":
      return isRunning(db, claim) && end(moment, id, "cancelled");
  }
}

function isRunning(db: SqliteStatements, { id, fence }: ClaimReference): boolean {
  return db.first(`SELECT 1 FROM apus_tasks WHERE ${isRun}`, id, fence) !== undefined;
}

function queueAgain({ db, now }: SqliteMoment, { id, fence }: ClaimReference, dueAt: number): boolean {
  const text = `UPDATE apus_tasks SET state = 'queued', lease_until = NULL, due_at = ?, ready = ? WHERE ${isRun}`;
  return db.run(text, dueAt, dueAt <= now ? 1 : 0, id, fence) > 0;
}

/** False when it is no longer this run. */
export function addFailure(db: SqliteStatements, { id, fence }: ClaimReference, failure: TaskFailure): boolean {
  const row = db.first(`SELECT errors FROM apus_tasks WHERE ${isRun}`, id, fence);
  if (row === undefined) return false;
  const errors = [...(JSON.parse(String(row["errors"])) as TaskFailure[]), failure].slice(-keptFailures);
  db.run("UPDATE apus_tasks SET errors = ?, failures = failures + 1 WHERE id = ?", JSON.stringify(errors), id);
  return true;
}

const endOne = `
UPDATE apus_tasks SET state = ?2, ended_at = ?3, lease_until = NULL, cancelling = 0,
  keep_until = ?3 + CASE ?2 WHEN 'dead' THEN keep_dead ELSE keep END
WHERE id = ?1`;

const countDown = `
UPDATE apus_tasks SET pending = pending - 1 WHERE id IN (SELECT after_id FROM apus_task_edges WHERE before_id = ?)`;

const wakeUp = `
UPDATE apus_tasks SET state = 'queued', due_at = max(due_at, ?2), ready = (due_at <= ?2)
WHERE +state = 'waiting' AND pending = 0 AND id IN (SELECT after_id FROM apus_task_edges WHERE before_id = ?1)`;

const listDependents = `
SELECT id, blocked FROM apus_tasks WHERE +state = ? AND id IN (SELECT after_id FROM apus_task_edges WHERE before_id = ?)`;

/** Ends a task, and with it what can no longer run, or what it was the last one before. */
export function end(moment: SqliteMoment, id: string, state: TaskState): true {
  const { db, now } = moment;
  db.run(endOne, id, state, now);
  if (state === "done") {
    if (db.run(countDown, id) > 0) db.run(wakeUp, id, now);
    return true;
  }
  for (const { id: dependent } of db.all(listDependents, "waiting", id)) {
    db.run("UPDATE apus_tasks SET blocked = 1 WHERE id = ?", String(dependent));
    end(moment, String(dependent), "cancelled");
  }
  return true;
}

/** The state after it; undefined for an unknown id. */
export function cancelTask(moment: SqliteMoment, id: string): TaskState | undefined {
  const { db } = moment;
  const row = db.first("SELECT state FROM apus_tasks WHERE id = ?", id);
  if (row === undefined) return undefined;
  const state = row["state"] as TaskState;
  if (isFinal(state)) return state;
  if (state === "running") {
    db.run("UPDATE apus_tasks SET cancelling = 1 WHERE id = ?", id);
    return state;
  }
  end(moment, id, "cancelled");
  return "cancelled";
}

export function requeueTasks({ db, now }: SqliteMoment, filter: RequeueFilter): number {
  const { states, ids, task, limit } = filter;
  const those = ids === undefined ? "?2 IS NULL AND" : "id IN (SELECT value FROM json_each(?2)) AND +";
  const text = `SELECT id FROM apus_tasks WHERE ${those} state IN (SELECT value FROM json_each(?1))
    AND (?3 IS NULL OR task = ?3) ORDER BY seq LIMIT ?4`;
  const rows = db.all(
    text,
    JSON.stringify(states),
    ids === undefined ? null : JSON.stringify(ids),
    task ?? null,
    limit,
  );
  for (const { id } of rows) revive(db, String(id), now);
  return rows.length;
}

const reviveOne = `
UPDATE apus_tasks SET state = CASE WHEN pending > 0 THEN 'waiting' ELSE 'queued' END, ready = 1, due_at = ?2,
  failures = 0, ended_at = NULL, keep_until = NULL, expires_at = NULL, blocked = 0
WHERE id = ?1 AND state IN ('dead', 'cancelled', 'expired')`;

function revive(db: SqliteStatements, id: string, now: number): void {
  if (db.run(reviveOne, id, now) === 0) return;
  for (const { id: dependent, blocked } of db.all(listDependents, "cancelled", id)) {
    if (blocked === 1) revive(db, String(dependent), now);
  }
}
