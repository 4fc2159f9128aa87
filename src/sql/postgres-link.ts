/** A link to PostgreSQL: statements with limits, transactions, cursors; a statement that nobody wants is cancelled. */

import type { Client, PoolClient, QueryResult } from "pg";
import { HttpError } from "../errors/http-error.ts";
import { openPostgresCursor } from "./postgres-cursor.ts";
import { isUnreachable } from "./postgres-failure.ts";
import type { PreparedNames } from "./prepared-names.ts";
import { answerUnreachable, markConflict } from "./sql-failure.ts";
import type { Limits, RowCursor, SqlLink, Statement, StatementResult, TransactionMode } from "./sql-pool.ts";

/** Makes another connection with the same settings. */
export type CreateClient = () => Client;

export interface PostgresLinkInit {
  readonly client: PoolClient;
  readonly createClient: CreateClient;
  readonly statementTimeout: number | undefined;
  /** undefined when nothing is to be prepared. */
  readonly names: PreparedNames | undefined;
  /** Gives the client back; a broken one is closed. */
  readonly release: (isBroken: boolean) => void;
}

/** Milliseconds that the server is given to cancel a statement; then the connection is cut. */
const cancelGrace = 700;
/** Statement timeouts are whole seconds, so that they are not set anew for every request: the signal is exact. */
const timeoutStep = 1_000;

/** What the server was told last, by connection. */
const timeouts = new WeakMap<PoolClient, number>();

/** What pg answers a statement with. */
type Answer = Pick<QueryResult<Record<string, unknown>>, "rows" | "rowCount" | "command">;

/** A statement as it is sent: prepared, where it has a name. */
interface SentStatement {
  readonly text: string;
  readonly values: unknown[];
  readonly name?: string;
}

const noAnswer: Answer = { rows: [], rowCount: 0, command: "" };

export class PostgresLink implements SqlLink {
  readonly readsBefore = false;
  readonly #client: PoolClient;
  readonly #init: PostgresLinkInit;
  #isBroken = false;
  #isInTransaction = false;
  #isReleased = false;
  #cutting: NodeJS.Timeout | undefined;
  readonly #lose = (): void => {
    this.#isBroken = true;
  };

  constructor(init: PostgresLinkInit) {
    this.#init = init;
    this.#client = init.client;
    // Without a listener, a connection that is lost between two statements would end the process.
    this.#client.on("error", this.#lose);
  }

  async run({ text, parameters }: Statement, limits: Limits): Promise<StatementResult> {
    const name = this.#init.names?.find(text, parameters);
    const sent = { text, values: [...parameters], ...(name !== undefined && { name }) };
    return this.#run(sent, limits);
  }

  async #run(sent: SentStatement, limits: Limits): Promise<StatementResult> {
    const { rows, rowCount, command } = await this.#query(sent, limits);
    const changes = command === "INSERT" || command === "UPDATE" || command === "DELETE" || command === "MERGE";
    return { rows: rows ?? [], affected: changes ? BigInt(rowCount ?? 0) : undefined, insertId: undefined };
  }

  async open(statement: Statement, limits: Limits): Promise<RowCursor> {
    const isOwn = !this.#isInTransaction;
    if (isOwn) await this.begin({}, limits);
    const end = async (how: "commit" | "rollback"): Promise<void> => (isOwn ? this.end(how) : undefined);
    const query = (text: string, parameters: readonly unknown[]): Promise<StatementResult> =>
      this.#run({ text, values: [...parameters] }, limits);
    return openPostgresCursor(statement, { query, end });
  }

  async begin({ isolation, readOnly }: TransactionMode, limits: Limits): Promise<void> {
    const level = isolation === undefined ? "" : ` isolation level ${isolation}`;
    const access = readOnly === undefined ? "" : readOnly ? " read only" : " read write";
    await this.#limit(limits);
    this.#isInTransaction = true;
    await this.#query(control(`begin${level}${access}`), limits);
  }

  async end(how: "commit" | "rollback"): Promise<void> {
    if (!this.#isInTransaction) return;
    this.#isInTransaction = false;
    // The server rolls back what a lost connection has begun.
    if (how === "rollback" && this.#isBroken) return;
    try {
      const { command } = await this.#send(control(how));
      if (how === "rollback" || command !== "ROLLBACK") return;
    } catch (error) {
      // A commit that the server refuses is over; after anything else its state is not known, and it is not lent again.
      if (how === "rollback" || error instanceof HttpError) this.#isBroken = true;
      if (how === "commit") throw error;
      return;
    }
    throw new Error("The transaction was rolled back instead of committed: a statement in it had failed.");
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#isInTransaction) this.#isBroken = true;
    this.#client.removeListener("error", this.#lose);
    this.#init.release(this.#isBroken);
  }

  async #query(statement: SentStatement, limits: Limits): Promise<Answer> {
    const { signal } = limits;
    signal?.throwIfAborted();
    const cancel = (): void => void this.#cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      // Within a transaction it would be taken back with it, and refused after a statement that failed.
      if (!this.#isInTransaction) await this.#limit(limits);
      return await this.#send(statement);
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      clearTimeout(this.#cutting);
    }
  }

  async #send(statement: SentStatement): Promise<Answer> {
    if (this.#isReleased) throw new Error("This connection has been given back.");
    try {
      const answer: Answer | readonly Answer[] = await this.#client.query(statement);
      // Of several statements in one text the last one's result counts.
      return Array.isArray(answer) ? ((answer as readonly Answer[]).at(-1) ?? noAnswer) : answer;
    } catch (error) {
      if (isUnreachable(error)) {
        this.#isBroken = true;
        throw answerUnreachable(error);
      }
      if (statement.name === undefined) throw error;
      return this.#sendUnprepared(statement, error);
    }
  }

  /** Once more without a name, if that was all that was wrong. */
  #sendUnprepared({ text, values }: SentStatement, error: unknown): Promise<Answer> {
    // pg forgets a statement on the server alone when a value of it cannot be written.
    if (!("severity" in (error as object))) this.#isBroken = true;
    if (this.#init.names?.noteFailure(text, error) !== true) throw error;
    // The server has given up the transaction: only the whole of it can be tried again.
    if (this.#isInTransaction) throw markConflict(error);
    return this.#send({ text, values });
  }

  /** Has the server end a statement by itself, should nobody be left to cancel it. */
  async #limit({ deadline }: Limits): Promise<void> {
    const usual = this.#init.statementTimeout ?? 0;
    const left = deadline === undefined ? 0 : deadline - performance.now();
    // A deadline that has passed without the signal belongs to an answer that has left already.
    const wanted = left <= 0 ? usual : Math.ceil(left / timeoutStep) * timeoutStep;
    if (wanted === (timeouts.get(this.#client) ?? usual)) return;
    await this.#send(control(`set statement_timeout = ${wanted}`));
    timeouts.set(this.#client, wanted);
  }

  /** Asks the server from another connection; cuts this one when that does not help in time. Never fails. */
  async #cancel(): Promise<void> {
    // The cancellation may come late and hit what runs next on this connection, so there will be nothing next.
    this.#isBroken = true;
    this.#cutting = setTimeout(() => cutConnection(this.#client), cancelGrace);
    const client = this.#init.createClient();
    client.on("error", () => {});
    try {
      const { processID } = this.#client as unknown as { readonly processID: number };
      await client.connect();
      await client.query("select pg_cancel_backend($1)", [processID]);
    } catch {
      // Then the connection is cut when the time is up.
    } finally {
      await client.end().catch(() => {});
    }
  }
}

function control(text: string): SentStatement {
  return { text, values: [] };
}

/** Ends a connection without a word to the server. */
export function cutConnection(client: Client | PoolClient): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
  connection.stream.destroy();
}
