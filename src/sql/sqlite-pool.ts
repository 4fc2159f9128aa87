/** The threads of one SQLite database: one that writes, some that read, and turns for who wants to be alone. */

import { availableParallelism } from "node:os";
import { ApusError } from "../errors/apus-error.ts";
import type { DatabaseStats, Limits, SqlLink, SqlPool, Statement, StatementResult } from "./sql-pool.ts";
import { SqliteLink, type SqliteHold, type SqliteTurns } from "./sqlite-link.ts";
import { SqliteThread, type SqlitePlace } from "./sqlite-thread.ts";
import { untilAbort } from "./until-abort.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface SqlitePoolOptions {
  /** A path, or ":memory:". */
  readonly file: string;
  /** Threads that read beside the one that writes. */
  readonly readers: number | undefined;
  /** Milliseconds that a statement waits for another process's lock. */
  readonly busyTimeout: number;
  /** Milliseconds in the queue. */
  readonly queueTimeout: number;
  readonly maxWaiting: number;
}

/** Statements outside of transactions that may be under way at once in one direction. */
const maxStatements = 256;
/** Connections that read-only transactions and streams may have at once, beside those of the threads. */
const maxSnapshots = 32;

export class SqlitePool implements SqlPool, SqliteTurns {
  readonly dialect = "sqlite";
  readonly isMemory: boolean;
  readonly #file: string;
  readonly #writer: SqliteThread;
  readonly #readers: readonly SqliteThread[];
  /** Everybody who writes takes 1; a transaction takes all. */
  readonly #writes: WaitQueue;
  readonly #reads: WaitQueue;
  readonly #snapshots: WaitQueue;
  /** Connections that were opened and are free. */
  readonly #spare: (SqlitePlace & { readonly life: number })[] = [];

  constructor({ file, readers, busyTimeout, queueTimeout, maxWaiting }: SqlitePoolOptions) {
    this.#file = file;
    this.isMemory = file === ":memory:";
    const turn = { timeout: queueTimeout, maxWaiting };
    const count = this.isMemory ? 0 : (readers ?? Math.max(1, Math.min(4, availableParallelism() - 1)));
    this.#writer = new SqliteThread({ file, busyTimeout, readOnly: false });
    this.#readers = Array.from({ length: count }, () => new SqliteThread({ file, busyTimeout, readOnly: true }));
    this.#writes = new WaitQueue({ ...turn, capacity: maxStatements, what: "writer of the database" });
    this.#reads = this.isMemory
      ? this.#writes
      : new WaitQueue({ ...turn, capacity: maxStatements, what: "reader of the database" });
    this.#snapshots = this.isMemory
      ? this.#writes
      : new WaitQueue({ ...turn, capacity: maxSnapshots, what: "connection of the database" });
  }

  /** Opens the file, or makes it. @throws ApusError APUS_BAD_OPTION */
  async start(): Promise<this> {
    const probe: Statement = { text: "select 1", parameters: [], isRead: true };
    try {
      // The writer first: it makes the file and its mode.
      await this.#writer.run(0, probe);
      await Promise.all(this.#readers.map((reader) => reader.run(0, probe)));
    } catch (cause) {
      await this.close();
      const message = `The database of database({ url: "sqlite:${this.#file}" }) cannot be opened: ${(cause as Error).message}`;
      throw new ApusError("APUS_BAD_OPTION", message, { cause });
    }
    return this;
  }

  async connect(): Promise<SqlLink> {
    return new SqliteLink(this);
  }

  async runAlone(statement: Statement, limits: Limits, reads: boolean): Promise<StatementResult> {
    const queue = reads ? this.#reads : this.#writes;
    const release = queue.takeNow(1) ?? (await queue.take(1, limits));
    const thread = reads ? this.#leastBusy() : this.#writer;
    const work = thread.run(0, statement).finally(release);
    return untilAbort(work, limits.signal);
  }

  async holdWriter(limits: Limits): Promise<SqliteHold> {
    const release = await this.#writes.take(maxStatements, limits);
    return { thread: this.#writer, connection: 0, life: this.#writer.life, isSnapshot: false, release };
  }

  async holdSnapshot(limits: Limits): Promise<SqliteHold> {
    if (this.isMemory) return this.holdWriter(limits);
    const release = await this.#snapshots.take(1, limits);
    const place = this.#takeSpare() ?? this.#openSpare();
    const giveBack = (): void => {
      this.#spare.push(place);
      release();
    };
    return { ...place, isSnapshot: true, release: giveBack };
  }

  get memory(): SqlitePlace {
    return { thread: this.#writer, connection: 0 };
  }

  listen(): never {
    const remedy = "SQLite tells nobody of changes. Within one process, channel() does";
    throw new ApusError("APUS_BAD_OPTION", `listen() needs PostgreSQL: ${remedy}.`);
  }

  stats(): DatabaseStats {
    const threads = [this.#writer, ...this.#readers];
    const busy = threads.filter(({ pending }) => pending > 0).length;
    const queues = new Set([this.#writes, this.#reads, this.#snapshots]);
    const waiting = [...queues].reduce((sum, queue) => sum + queue.waiting, 0);
    return { size: threads.length, busy, idle: threads.length - busy, waiting };
  }

  async close(): Promise<void> {
    await Promise.all([this.#writes.close(), this.#reads.close(), this.#snapshots.close()]);
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await this.#writer.close();
  }

  #leastBusy(): SqliteThread {
    let chosen = this.#readers[0] ?? this.#writer;
    for (const reader of this.#readers) if (reader.pending < chosen.pending) chosen = reader;
    return chosen;
  }

  #takeSpare(): (SqlitePlace & { readonly life: number }) | undefined {
    for (let place = this.#spare.pop(); place !== undefined; place = this.#spare.pop()) {
      if (place.thread.life === place.life) return place;
    }
    return undefined;
  }

  #openSpare(): SqlitePlace & { readonly life: number } {
    const thread = this.#leastBusy();
    return { thread, connection: thread.nextConnection(), life: thread.life };
  }
}
