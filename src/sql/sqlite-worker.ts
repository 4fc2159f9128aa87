/** The entry of a SQLite thread: takes batches of calls, runs them in order, and answers in batches. */

import { parentPort, workerData } from "node:worker_threads";
import { SqliteConnection, type SqliteRow, type SqliteScan } from "./sqlite-connection.ts";
import {
  rowsInMessage,
  type NextCall,
  type RunCall,
  type SqliteCall,
  type SqliteFailure,
  type SqliteReply,
  type SqliteThreadData,
} from "./sqlite-messages.ts";
import { packRows } from "./sqlite-rows.ts";

/** Milliseconds after which replies leave although more calls are waiting. */
const longestSilence = 2;

class SqliteServer {
  readonly #data: SqliteThreadData;
  readonly #connections = new Map<number, SqliteConnection>();
  /** Rows that are still to be fetched: of a cursor, or the rest of a large result. */
  readonly #rests = new Map<number, SqliteScan>();

  constructor(data: SqliteThreadData) {
    this.#data = data;
    this.#connections.set(0, new SqliteConnection(data));
  }

  /** undefined for calls without a reply. */
  answer(call: SqliteCall): SqliteReply | undefined {
    try {
      switch (call.kind) {
        case "run":
          return this.#run(call);
        case "open":
          this.#rests.set(call.id, this.#connect(call.connection).scan(call.text, call.parameters));
          return { id: call.id };
        case "next":
          return this.#readNext(call);
        case "close-cursor":
          return this.#closeRest(call.id);
        case "close":
          return this.#close();
      }
    } catch (error) {
      return { id: call.id, failure: describe(error) };
    }
  }

  #connect(id: number): SqliteConnection {
    const known = this.#connections.get(id);
    if (known !== undefined) return known;
    const opened = new SqliteConnection({ ...this.#data, readOnly: true });
    this.#connections.set(id, opened);
    return opened;
  }

  #close(): undefined {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    parentPort?.close();
  }

  #run({ id, connection, text, parameters, isRead }: RunCall): SqliteReply {
    const { names, rows, affected, insertId } = this.#connect(connection).run(text, parameters, isRead);
    if (affected !== undefined && insertId !== undefined) return { id, affected, insertId };
    if (rows.length <= rowsInMessage) return { id, packed: packRows(names, rows) };
    this.#rests.set(id, { names, rows: rows.slice(rowsInMessage).values() });
    return { id, packed: packRows(names, rows.slice(0, rowsInMessage)), more: true };
  }

  #readNext({ id, cursor, size }: NextCall): SqliteReply {
    const { names, rows: rest } = this.#rests.get(cursor) ?? { names: [], rows: [].values() };
    const rows: SqliteRow[] = [];
    while (rows.length < size) {
      const next = rest.next();
      if (next.done === true) break;
      rows.push(next.value);
    }
    const packed = packRows(names, rows);
    if (rows.length === size) return { id, packed, more: true };
    this.#rests.delete(cursor);
    return { id, packed };
  }

  #closeRest(id: number): undefined {
    this.#rests.get(id)?.rows.return?.();
    this.#rests.delete(id);
  }
}

function describe(error: unknown): SqliteFailure {
  const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
  return { message, code: code ?? "ERR_SQLITE", errcode };
}

const port = parentPort;
if (port !== null) {
  const server = new SqliteServer(workerData as SqliteThreadData);
  port.on("message", (calls: readonly SqliteCall[]) => {
    let replies: SqliteReply[] = [];
    let last = performance.now();
    for (const call of calls) {
      const reply = server.answer(call);
      if (reply !== undefined) replies.push(reply);
      if (replies.length === 0 || performance.now() - last < longestSilence) continue;
      port.postMessage(replies);
      replies = [];
      last = performance.now();
    }
    if (replies.length > 0) port.postMessage(replies);
  });
}
