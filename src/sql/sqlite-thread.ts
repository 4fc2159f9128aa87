/** A SQLite thread as the main thread has it: calls in batches, replies by id, and a new thread when one was lost. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SqliteError, threadLost } from "./sqlite-error.ts";
import {
  rowsInMessage,
  type RunCall,
  type SqliteCall,
  type SqliteReply,
  type SqliteThreadData,
} from "./sqlite-messages.ts";
import { unpackRows, type PackedRows } from "./sqlite-rows.ts";
import type { Statement, StatementResult } from "./sql-pool.ts";

/** The worker's file has the ending that this one has: `.ts` from source, `.js` once it is built. */
const entry = new URL(import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js", import.meta.url);

/** Where a statement runs: a thread, and one of its connections. */
export interface SqlitePlace {
  readonly thread: SqliteThread;
  readonly connection: number;
}

type Awaited = (reply: SqliteReply) => void;

/** Milliseconds that a thread is given to close its files. */
const closeGrace = 2_000;

/** A call without its id. */
type NewCall = SqliteCall extends infer Call ? (Call extends SqliteCall ? Omit<Call, "id"> : never) : never;

export class SqliteThread {
  readonly #data: SqliteThreadData;
  #worker: Worker | undefined;
  #isClosed = false;
  #life = 0;
  #lastId = 0;
  #outbox: SqliteCall[] = [];
  readonly #awaited = new Map<number, Awaited>();

  constructor(data: SqliteThreadData) {
    this.#data = data;
  }

  /** Counts the threads that there have been: what was held in an earlier one is lost. */
  get life(): number {
    return this.#life;
  }

  /** Calls that have no reply yet. */
  get pending(): number {
    return this.#awaited.size;
  }

  /** A number for another connection of this thread. */
  nextConnection(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** @throws SqliteError */
  async run(connection: number, { text, parameters, isRead }: Statement): Promise<StatementResult> {
    const call: Omit<RunCall, "id"> = { kind: "run", connection, text, parameters, isRead };
    const { id, packed, affected, insertId, more } = await this.#ask(call);
    const rows = unpack(packed);
    if (more === true) await this.#fetchRest(id, rows);
    return { rows, affected, insertId };
  }

  /** Gives the number of a cursor. @throws SqliteError */
  async open(connection: number, { text, parameters }: Statement): Promise<number> {
    const { id } = await this.#ask({ kind: "open", connection, text, parameters });
    return id;
  }

  /** @throws SqliteError */
  async next(cursor: number, size: number): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (let more = true; more && rows.length < size;) {
      const reply = await this.#ask({ kind: "next", cursor, size: Math.min(size - rows.length, rowsInMessage) });
      rows.push(...unpack(reply.packed));
      more = reply.more === true;
    }
    return rows;
  }

  closeCursor(id: number): void {
    this.#send({ kind: "close-cursor", id });
  }

  /** Closes the files and ends the thread; calls without a reply fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    const exited = once(worker, "exit");
    this.#send({ kind: "close", id: 0 });
    const timer = setTimeout(() => void worker.terminate(), closeGrace);
    await exited;
    clearTimeout(timer);
  }

  /** Ends the thread as a crash would: the next call starts another one. */
  async crash(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #fetchRest(cursor: number, rows: Record<string, unknown>[]): Promise<void> {
    for (let more = true; more;) {
      const reply = await this.#ask({ kind: "next", cursor, size: rowsInMessage });
      rows.push(...unpack(reply.packed));
      more = reply.more === true;
    }
  }

  async #ask(call: NewCall): Promise<SqliteReply> {
    if (this.#isClosed)
      throw new SqliteError({ message: "The database is closed.", code: threadLost, errcode: undefined });
    const worker = (this.#worker ??= this.#start());
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<SqliteReply>();
    if (this.#awaited.size === 0) worker.ref();
    this.#awaited.set(id, resolve);
    this.#send({ ...call, id });
    const reply = await promise;
    if (reply.failure !== undefined) throw new SqliteError(reply.failure);
    return reply;
  }

  /** What is said in one turn is one message. */
  #send(call: SqliteCall): void {
    if (this.#worker === undefined) return;
    this.#outbox.push(call);
    if (this.#outbox.length > 1) return;
    queueMicrotask(() => {
      const calls = this.#outbox;
      this.#outbox = [];
      try {
        this.#worker?.postMessage(calls);
      } catch {
        this.#postEach(calls);
      }
    });
  }

  /** A parameter that cannot be sent to a thread fails its own call, and no other. */
  #postEach(calls: readonly SqliteCall[]): void {
    for (const call of calls) {
      try {
        this.#worker?.postMessage([call]);
      } catch (error) {
        const { message } = error as Error;
        const resolve = this.#awaited.get(call.id);
        this.#awaited.delete(call.id);
        resolve?.({ id: call.id, failure: { message, code: "ERR_INVALID_ARG_TYPE", errcode: undefined } });
      }
    }
  }

  #start(): Worker {
    const worker = new Worker(entry, { workerData: this.#data, name: "apus-sqlite", execArgv: [] });
    let reason: unknown;
    worker.on("message", (replies: readonly SqliteReply[]) => this.#receive(worker, replies));
    worker.on("error", (error) => {
      reason = error;
    });
    worker.on("exit", () => this.#lose(reason));
    worker.unref();
    return worker;
  }

  #receive(worker: Worker, replies: readonly SqliteReply[]): void {
    for (const reply of replies) {
      const resolve = this.#awaited.get(reply.id);
      this.#awaited.delete(reply.id);
      resolve?.(reply);
    }
    // A database that does nothing does not keep the process alive.
    if (this.#awaited.size === 0) worker.unref();
  }

  #lose(reason: unknown): void {
    this.#worker = undefined;
    this.#life += 1;
    // A database in memory went with its thread; an empty one in its place would be a lie.
    if (this.#data.file === ":memory:") this.#isClosed = true;
    this.#outbox = [];
    const why = reason instanceof Error ? reason.message : "it was ended";
    const failure = { message: `The thread of the database was lost: ${why}.`, code: threadLost, errcode: undefined };
    for (const [id, resolve] of this.#awaited) {
      this.#awaited.delete(id);
      resolve({ id, failure });
    }
  }
}

function unpack(packed: PackedRows | undefined): Record<string, unknown>[] {
  return packed === undefined ? [] : unpackRows(packed);
}
