/** One SQLite connection inside its thread: prepares, caches and runs statements, one after the other. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqliteThreadData } from "./sqlite-messages.ts";

/** What SQLite can be given. */
type BoundValue = null | number | bigint | string | NodeJS.ArrayBufferView;

interface PreparedStatement {
  readonly statement: StatementSync;
  /** The names of its columns; undefined when those of the table are meant, which may change. */
  readonly names: readonly string[] | undefined;
  readonly hasRows: boolean;
  /** Whether integers are read as bigint. */
  isWide: boolean;
}

/** Rows as lists of values, in the order of the columns. */
export type SqliteRow = readonly unknown[];

export interface SqliteResult {
  readonly names: readonly string[];
  readonly rows: readonly SqliteRow[];
  readonly affected?: bigint;
  readonly insertId?: bigint;
}

/** Rows that are read as they are asked for. */
export interface SqliteScan {
  readonly names: readonly string[];
  readonly rows: Iterator<SqliteRow>;
}

const maxPrepared = 256;
/** SQLITE_BUSY */
const busyCode = 5;
/** Milliseconds that others who open the same file are waited for. */
const openingTime = 10_000;

export class SqliteConnection {
  readonly #database: DatabaseSync;
  /** By text, the one used longest ago first. */
  readonly #prepared = new Map<string, PreparedStatement>();

  constructor({ file, busyTimeout, readOnly }: SqliteThreadData) {
    this.#database = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    if (readOnly) this.#database.exec("PRAGMA query_only = 1");
    else enterWal(this.#database);
  }

  /** Statements with parameters must be single; without, there may be several. */
  run(text: string, parameters: readonly unknown[], isRead: boolean): SqliteResult {
    const prepared = this.#prepare(text, isRead);
    if (prepared === undefined) return this.#runScript(text, parameters);
    const bound = parameters.map(bindValue);
    const { statement, names } = prepared;
    if (prepared.hasRows) {
      const rows = readRows(prepared, bound, isRead);
      return { names: names ?? namesOf(statement), rows };
    }
    const { changes, lastInsertRowid } = statement.run(...bound);
    return { names: [], rows: [], affected: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** The statement is its own, so that several may be open at a time. */
  scan(text: string, parameters: readonly unknown[]): SqliteScan {
    const statement = this.#database.prepare(text);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const rows = statement.iterate(...parameters.map(bindValue)) as unknown as Iterator<SqliteRow>;
    return { names: namesOf(statement), rows };
  }

  close(): void {
    this.#database.close();
  }

  /** undefined for a text that is more than one statement. */
  #prepare(text: string, isRead: boolean): PreparedStatement | undefined {
    const known = this.#prepared.get(text);
    if (known !== undefined) {
      this.#prepared.delete(text);
      this.#prepared.set(text, known);
      if (!isRead) widen(known);
      return known;
    }
    const statement = this.#database.prepare(text);
    if (hasMore(text, statement.sourceSQL)) return undefined;
    const names = namesOf(statement);
    const isFixed = !text.includes("*");
    const prepared = { statement, names: isFixed ? names : undefined, hasRows: names.length > 0, isWide: !isRead };
    statement.setReadBigInts(prepared.isWide);
    statement.setReturnArrays(true);
    this.#prepared.set(text, prepared);
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > maxPrepared && oldest !== undefined) this.#prepared.delete(oldest);
    return prepared;
  }

  #runScript(text: string, parameters: readonly unknown[]): SqliteResult {
    if (parameters.length > 0) throw new TypeError("Several statements at once cannot be given parameters.");
    this.#database.exec(text);
    return { names: [], rows: [] };
  }
}

/** Two that open a new file at once are in each other's way, and for this SQLite does not wait by itself. */
function enterWal(database: DatabaseSync): void {
  const started = performance.now();
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const { errcode } = error as { errcode?: unknown };
      if (errcode !== busyCode || performance.now() - started > openingTime) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Reading bigints costs, so a statement that only reads does it once it has met an integer that is no safe number. */
function readRows(prepared: PreparedStatement, bound: BoundValue[], isRead: boolean): readonly SqliteRow[] {
  const { statement } = prepared;
  try {
    return statement.all(...bound) as unknown as readonly SqliteRow[];
  } catch (error) {
    if (prepared.isWide || !isRead || (error as { code?: unknown }).code !== "ERR_OUT_OF_RANGE") throw error;
    widen(prepared);
    return statement.all(...bound) as unknown as readonly SqliteRow[];
  }
}

function namesOf(statement: StatementSync): readonly string[] {
  return statement.columns().map(({ name }) => name);
}

function widen(prepared: PreparedStatement): void {
  prepared.isWide = true;
  prepared.statement.setReadBigInts(true);
}

function bindValue(value: unknown): BoundValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  if (value === undefined || value === null) return null;
  const isFine = typeof value !== "object" || ArrayBuffer.isView(value);
  // node:sqlite would take an object for a table of named parameters, and leave this one null.
  if (!isFine) throw new TypeError("SQLite has no type for an object or a list: give it JSON.stringify(value).");
  return value as BoundValue;
}

/** SQLite prepares the first statement of a text and says which part of it that is. */
function hasMore(text: string, source: string): boolean {
  const rest = text.slice(text.indexOf(source) + source.length).trim();
  return rest !== "" && rest !== ";" && !isComment(rest);
}

function isComment(rest: string): boolean {
  return rest.split("\n").every((line) => line.trim() === "" || line.trim().startsWith("--"));
}
