/** A session: a transaction that is used like Kysely, takes statements as text, and has savepoints and hooks. */

import type { Kysely, KyselyConfig, Sql, Transaction } from "kysely";
import { ApusError } from "../errors/apus-error.ts";
import type { Logger } from "../log/logger.ts";
import type { KyselyPackage } from "./load-kysely.ts";
import { RunnerConnection, type StatementRunner } from "./pool-dialect.ts";
import type { RowCursor, SqlPool, Statement, StatementResult } from "./sql-pool.ts";
import { markSqlSession, type SqlRows, type SqlSession } from "./sql-session.ts";
import { buildStatement } from "./statement.ts";
import { UnitOfWork, type UnitOptions } from "./unit-of-work.ts";

/** A transaction that is open: everything that Kysely builds, statements as text, savepoints and hooks. */
export interface DatabaseSession<Tables> extends Transaction<Tables>, SqlSession {
  /** Kysely's own, which a transaction cannot begin. */
  transaction(): never;
  /** Runs a block whose changes are taken back when it throws, within this transaction: a savepoint. */
  transaction<Result>(block: (inner: DatabaseSession<Tables>) => Promise<Result>): Promise<Result>;
  /** Kysely's tag for SQL text with values in it. */
  readonly sql: Sql;
}

/** What a database is made of, for those who open sessions on it. */
export interface DatabaseParts {
  readonly pool: SqlPool;
  readonly kysely: KyselyPackage;
  readonly config: KyselyConfig;
  /** The database itself, outside of transactions. */
  readonly base: Kysely<unknown>;
  readonly log: Logger;
}

type Hook = () => unknown;

/** A session with the ends that only its owner may choose. */
export interface OpenSession {
  readonly session: DatabaseSession<unknown>;
  /** Commits, then calls the hooks. @throws what the commit fails with */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** @throws HttpError 503 when no connection is free in time, or the database is not there */
export async function openSession(parts: DatabaseParts, options: UnitOptions): Promise<OpenSession> {
  const unit = new UnitOfWork(parts.pool, options);
  const hooks: Hook[] = [];
  try {
    await unit.begin();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
  return {
    session: buildSession(parts, { unit, hooks, runner: unit }),
    commit: async () => {
      await unit.commit();
      await runHooks(hooks, parts.log);
    },
    rollback: () => unit.rollback(),
  };
}

interface SessionScope {
  readonly unit: UnitOfWork;
  readonly hooks: Hook[];
  readonly runner: StatementRunner;
}

function buildSession(parts: DatabaseParts, scope: SessionScope): DatabaseSession<unknown> {
  const { kysely, config, base, pool } = parts;
  const connection = new RunnerConnection(scope.runner);
  const executor = base.getExecutor().withConnectionProvider({ provideConnection: (consumer) => consumer(connection) });
  // Its driver is never asked: what would ask it is replaced below.
  const driver = config.dialect.createDriver();
  const session = new kysely.Transaction<unknown>({ config, dialect: config.dialect, driver, executor });
  const nest = createNesting(parts, scope);
  Object.assign(session, {
    dialect: pool.dialect,
    sql: kysely.sql,
    execute: async (text: string, parameters: readonly unknown[] = []): Promise<SqlRows> => {
      const { rows } = await scope.runner.run(buildStatement(text, parameters));
      return { rows };
    },
    afterCommit: (hook: Hook): void => void scope.hooks.push(hook),
    transaction: (block?: Block) => nest(block),
  });
  markSqlSession(session);
  return session as unknown as DatabaseSession<unknown>;
}

type Block = (inner: DatabaseSession<unknown>) => Promise<unknown>;

/** One block at a time: savepoints that cross each other would take back too much. */
function createNesting(
  parts: DatabaseParts,
  { unit, hooks }: SessionScope,
): (block: Block | undefined) => Promise<unknown> {
  let isRunning = false;
  return async (block) => {
    if (typeof block !== "function") throw new TypeError("transaction() of a session needs a function.");
    if (isRunning) {
      const remedy = "use the block's own session inside of it, and await it before the next one";
      throw new ApusError("APUS_SQL_SESSION", `A transaction() of this session is running already: ${remedy}.`);
    }
    isRunning = true;
    try {
      return await runBlock(parts, { unit, hooks }, block);
    } finally {
      isRunning = false;
    }
  };
}

async function runBlock(
  parts: DatabaseParts,
  { unit, hooks }: Pick<SessionScope, "unit" | "hooks">,
  block: Block,
): Promise<unknown> {
  const name = await unit.save();
  const inner: Hook[] = [];
  const runner = new BlockRunner(unit);
  try {
    const result = await block(buildSession(parts, { unit, hooks: inner, runner }));
    runner.end();
    await unit.endSavepoint(name, "release");
    hooks.push(...inner);
    return result;
  } catch (error) {
    runner.end();
    // When even this fails the connection is lost, and the whole transaction with it.
    await unit.endSavepoint(name, "rollback").catch(() => {});
    throw error;
  }
}

/** Statements of a block, until it ends. */
class BlockRunner implements StatementRunner {
  readonly #unit: UnitOfWork;
  #hasEnded = false;

  constructor(unit: UnitOfWork) {
    this.#unit = unit;
  }

  async run(statement: Statement): Promise<StatementResult> {
    this.#check();
    return this.#unit.run(statement);
  }

  async open(statement: Statement): Promise<RowCursor> {
    this.#check();
    return this.#unit.open(statement);
  }

  end(): void {
    this.#hasEnded = true;
  }

  #check(): void {
    if (!this.#hasEnded) return;
    throw new ApusError("APUS_SQL_SESSION", "The block of this session has ended; await every statement in it.");
  }
}

async function runHooks(hooks: readonly Hook[], log: Logger): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      log.error("What was to be done after a commit failed", { error });
    }
  }
}
