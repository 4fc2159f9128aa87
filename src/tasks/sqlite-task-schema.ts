/** The tables of tasks in a SQLite file, which may be the file of an app's own database. */

import type { SqliteStatements } from "./sqlite-statements.ts";

/** Of the tables below; a file with a later one belongs to a later version of Apus. */
const version = 1;

const tables = `
CREATE TABLE IF NOT EXISTS apus_tasks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  task TEXT NOT NULL,
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  ready INTEGER NOT NULL,
  input TEXT NOT NULL,
  result TEXT,
  progress TEXT,
  context TEXT,
  errors TEXT NOT NULL DEFAULT '[]',
  priority INTEGER NOT NULL,
  retries INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  cancelling INTEGER NOT NULL DEFAULT 0,
  run_key TEXT,
  unique_key TEXT,
  enqueued_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER,
  lease_until INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  keep INTEGER NOT NULL,
  keep_dead INTEGER NOT NULL,
  keep_until INTEGER,
  pending INTEGER NOT NULL DEFAULT 0,
  pass TEXT,
  blocked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS apus_tasks_ready ON apus_tasks (task, priority DESC, due_at, seq)
  WHERE state = 'queued' AND ready = 1;
CREATE INDEX IF NOT EXISTS apus_tasks_delayed ON apus_tasks (due_at) WHERE state = 'queued' AND ready = 0;
CREATE INDEX IF NOT EXISTS apus_tasks_expiring ON apus_tasks (expires_at)
  WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS apus_tasks_running ON apus_tasks (lease_until) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS apus_tasks_kept ON apus_tasks (keep_until) WHERE keep_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS apus_tasks_unique ON apus_tasks (unique_key, seq) WHERE unique_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS apus_tasks_state ON apus_tasks (state, seq);
CREATE TABLE IF NOT EXISTS apus_task_edges (
  before_id TEXT NOT NULL,
  after_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (before_id, after_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS apus_task_edges_after ON apus_task_edges (after_id, position);
CREATE TABLE IF NOT EXISTS apus_task_starts (task TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS apus_task_starts_at ON apus_task_starts (task, at);
CREATE TABLE IF NOT EXISTS apus_task_pauses (queue TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apus_task_schedules (
  name TEXT PRIMARY KEY,
  definition TEXT NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Makes the tables that are missing. @throws Error for a file of a later version */
export function migrateTaskTables(statements: SqliteStatements): void {
  statements.transact(() => {
    statements.execute("CREATE TABLE IF NOT EXISTS apus_task_version (version INTEGER NOT NULL) STRICT");
    const found = Number(statements.first("SELECT version FROM apus_task_version")?.["version"] ?? 0);
    if (found > version) {
      throw new Error(`The tables of tasks have version ${found}, and this version of Apus knows ${version}.`);
    }
    statements.execute(tables);
    if (found === 0) statements.run("INSERT INTO apus_task_version (version) VALUES (?)", version);
  });
}
