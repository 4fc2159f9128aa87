/** Adds tasks to SQLite tables, statement by statement: in the store's own thread, or within a transaction of the app. */

import type { EnqueuedTask, NewTask } from "./task-store.ts";

/** A statement to be run; its rows are given back to the generator. */
export interface SqlStep {
  readonly text: string;
  readonly parameters: readonly (string | number | null)[];
}

type Rows = readonly Readonly<Record<string, unknown>>[];

export type EnqueueSteps = Generator<SqlStep, readonly EnqueuedTask[], Rows>;

/** One statement for all of them, however many there are. */
const insertAll = `
INSERT INTO apus_tasks (id, task, queue, state, ready, input, context, priority, retries, run_key, unique_key,
  enqueued_at, due_at, expires_at, keep, keep_dead, pending, pass)
SELECT value ->> 'id', value ->> 'task', value ->> 'queue',
  CASE WHEN json_array_length(value, '$.after') > 0 THEN 'waiting' ELSE 'queued' END,
  (value ->> 'dueAt') <= ?2, value ->> 'input', value ->> 'context', value ->> 'priority', value ->> 'retries',
  value ->> 'key', value ->> '$.unique.key', ?2, value ->> 'dueAt', value ->> 'expiresAt', value ->> 'keep',
  value ->> 'keepDead', json_array_length(value, '$.after'), value ->> 'pass'
FROM json_each(?1) ORDER BY key`;

const insertEdges = `
INSERT INTO apus_task_edges (before_id, after_id, position)
SELECT before.value, task.value ->> 'id', before.key
FROM json_each(?1) AS task, json_each(task.value, '$.after') AS before`;

const findActive = `
SELECT id FROM apus_tasks WHERE unique_key = ?1
  AND (state IN ('queued', 'waiting', 'running') OR enqueued_at > ?2) ORDER BY seq DESC LIMIT 1`;

const findQueued = `
SELECT id FROM apus_tasks WHERE unique_key = ?1 AND state = 'queued' ORDER BY seq DESC LIMIT 1`;

const replace = `
UPDATE apus_tasks SET input = ?2, context = ?3, priority = ?4, due_at = ?5, ready = (?5 <= ?7), expires_at = ?6
WHERE id = ?1 AND state = 'queued'`;

/** Statements that add the tasks, and what became of each. */
export function* enqueueSteps(tasks: readonly NewTask[], now: number): EnqueueSteps {
  const enqueued: EnqueuedTask[] = [];
  let batch: NewTask[] = [];
  for (const task of tasks) {
    if (task.unique === undefined) {
      batch.push(task);
      enqueued.push({ id: task.id, created: true });
      continue;
    }
    // A unique one may be the same as one of this very batch.
    yield* insert(batch, now);
    batch = [];
    enqueued.push(yield* enqueueUnique(task, now));
  }
  yield* insert(batch, now);
  return enqueued;
}

function* insert(tasks: readonly NewTask[], now: number): Generator<SqlStep, void, Rows> {
  if (tasks.length === 0) return;
  const json = JSON.stringify(tasks);
  yield { text: insertAll, parameters: [json, now] };
  if (tasks.some(({ after }) => after.length > 0)) yield { text: insertEdges, parameters: [json] };
}

function* enqueueUnique(task: NewTask, now: number): Generator<SqlStep, EnqueuedTask, Rows> {
  const { unique, id, input, context = null, priority, dueAt, expiresAt = null } = task;
  const isRejected = unique?.when === "reject";
  const key = unique?.key ?? "";
  const [same] = yield isRejected
    ? { text: findActive, parameters: [key, now - (unique?.window ?? 0)] }
    : { text: findQueued, parameters: [key] };
  if (same === undefined) {
    yield* insert([task], now);
    return { id, created: true };
  }
  const known = String(same["id"]);
  if (!isRejected) yield { text: replace, parameters: [known, input, context, priority, dueAt, expiresAt, now] };
  return { id: known, created: false };
}
