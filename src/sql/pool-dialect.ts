/** A Kysely dialect over a pool: the query compilers are Kysely's own, the connections are ours. */

import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  DialectAdapter,
  Driver,
  Kysely,
  QueryResult,
  TransactionSettings,
} from "kysely";
import { requestLimits } from "../http/current-request.ts";
import type { KyselyPackage } from "./load-kysely.ts";
import type { Isolation, Limits, RowCursor, SqlLink, SqlPool, Statement, StatementResult } from "./sql-pool.ts";
import { buildStatement } from "./statement.ts";
import { traceStatement } from "./trace-statement.ts";

/** What runs statements for Kysely: a link, or a session. */
export interface StatementRunner {
  run(statement: Statement): Promise<StatementResult>;
  open(statement: Statement): Promise<RowCursor>;
}

/** A connection as Kysely has it. */
export class RunnerConnection implements DatabaseConnection {
  readonly #runner: StatementRunner;

  constructor(runner: StatementRunner) {
    this.#runner = runner;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, affected, insertId } = await this.#runner.run(readQuery(query));
    return {
      rows: rows as Row[],
      ...(affected !== undefined && { numAffectedRows: affected }),
      ...(insertId !== undefined && { insertId }),
    };
  }

  /** @yields at most `chunkSize` rows at a time, fetched when they are asked for */
  async *streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncGenerator<QueryResult<Row>, void, undefined> {
    const cursor = await this.#runner.open(readQuery(query));
    try {
      for (;;) {
        const rows = await cursor.next(chunkSize);
        if (rows.length > 0) yield { rows: rows as Row[] };
        if (rows.length < chunkSize) return;
      }
    } finally {
      await cursor.close();
    }
  }
}

function readQuery({ sql, parameters, query }: CompiledQuery): Statement {
  return buildStatement(sql, parameters, query.kind === "SelectQueryNode");
}

/** A connection outside of our own sessions: taken from the pool by its first statement. */
class PoolConnection extends RunnerConnection {
  readonly borrowed: BorrowedLink;

  constructor(pool: SqlPool) {
    const borrowed = new BorrowedLink(pool);
    super(borrowed);
    this.borrowed = borrowed;
  }
}

class BorrowedLink implements StatementRunner {
  readonly #pool: SqlPool;
  #link: Promise<SqlLink> | undefined;

  constructor(pool: SqlPool) {
    this.#pool = pool;
  }

  async run(statement: Statement): Promise<StatementResult> {
    const limits = requestLimits();
    return traceStatement(this.#pool, statement, async () => (await this.take(limits)).run(statement, limits));
  }

  async open(statement: Statement): Promise<RowCursor> {
    const limits = requestLimits();
    return traceStatement(this.#pool, statement, async () => (await this.take(limits)).open(statement, limits));
  }

  take(limits: Limits): Promise<SqlLink> {
    this.#link ??= this.#pool.connect(limits);
    return this.#link;
  }

  async release(): Promise<void> {
    const link = await this.#link?.catch(() => undefined);
    this.#link = undefined;
    link?.release();
  }
}

/** Transactions and savepoints that somebody begins with Kysely's own functions. */
class PoolDriver implements Driver {
  readonly #pool: SqlPool;

  constructor(pool: SqlPool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PoolConnection(this.#pool);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const limits = requestLimits();
    const link = await linkOf(connection, limits);
    const isolation = settings.isolationLevel as Isolation | undefined;
    await link.begin({ isolation, readOnly: settings.accessMode === "read only" }, limits);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await (await linkOf(connection)).end("commit");
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await (await linkOf(connection)).end("rollback");
  }

  savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return control(connection, `savepoint ${quote(name)}`);
  }

  rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return control(connection, `rollback to savepoint ${quote(name)}`);
  }

  releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return control(connection, `release savepoint ${quote(name)}`);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await (connection as PoolConnection).borrowed.release();
  }

  async destroy(): Promise<void> {}
}

function linkOf(connection: DatabaseConnection, limits: Limits = {}): Promise<SqlLink> {
  return (connection as PoolConnection).borrowed.take(limits);
}

async function control(connection: DatabaseConnection, text: string): Promise<void> {
  await (await linkOf(connection)).run({ text, parameters: [], isRead: false }, {});
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The dialect of a pool. */
export function buildDialect(pool: SqlPool, kysely: KyselyPackage): Dialect {
  const createDriver = (): Driver => new PoolDriver(pool);
  if (pool.dialect === "postgres") {
    return {
      createDriver,
      createAdapter: () => new kysely.PostgresAdapter(),
      createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
      createIntrospector: (database: Kysely<unknown>) => new kysely.PostgresIntrospector(database),
    };
  }
  return {
    createDriver,
    createAdapter: () => buildSqliteAdapter(kysely),
    createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
    createIntrospector: (database: Kysely<unknown>) => new kysely.SqliteIntrospector(database),
  };
}

/** Kysely's own serves one connection; ours has several, and SQLite's schema changes are part of a transaction. */
function buildSqliteAdapter({ SqliteAdapter }: KyselyPackage): DialectAdapter {
  class ThreadedSqliteAdapter extends SqliteAdapter {
    override get supportsMultipleConnections(): boolean {
      return true;
    }

    override get supportsTransactionalDdl(): boolean {
      return true;
    }
  }
  return new ThreadedSqliteAdapter();
}
