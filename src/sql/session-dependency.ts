/** Sessions as dependencies of a request: committed before the head is sent, rolled back by an error or a client that goes. */

import { dependency, type Dependency } from "../dependencies/dependency.ts";
import type { HandlerTools } from "../dependencies/handler-tools.ts";
import { findParts, type Database } from "./database-value.ts";
import { openSession, type DatabaseSession } from "./database-session.ts";
import { checkTransactionOptions, type TransactionOptions } from "./run-transaction.ts";
import { answerConflict } from "./sql-failure.ts";

/** What `session()` and `transaction()` give. */
export type SessionOf<Tables> = Dependency<
  DatabaseSession<Tables>,
  { readonly use: { readonly database: Dependency<Database<Tables>> }; readonly until: "handler" }
>;

/**
 * A transaction that begins with the first statement that needs one: a request without statements takes no connection,
 * and on SQLite what is read before the first change is read beside others.
 * @throws ApusError APUS_BAD_OPTION
 */
export function session<Tables>(database: Dependency<Database<Tables>>): SessionOf<Tables> {
  return buildDependency(database, { lazy: true, name: "session" });
}

/**
 * A transaction around the whole handler, begun before it.
 * @throws ApusError APUS_BAD_OPTION
 */
export function transaction<Tables>(
  database: Dependency<Database<Tables>>,
  options: TransactionOptions = {},
): SessionOf<Tables> {
  checkTransactionOptions("transaction", options);
  return buildDependency(database, { ...options, lazy: false, name: "transaction" });
}

interface SessionKind extends TransactionOptions {
  readonly lazy: boolean;
  readonly name: string;
}

function buildDependency<Tables>(database: Dependency<Database<Tables>>, kind: SessionKind): SessionOf<Tables> {
  const { lazy, name, isolation, readOnly } = kind;
  return dependency({ use: { database }, until: "handler", name }, async function* (input) {
    const { request, signal, log } = input as HandlerTools;
    const parts = { ...findParts(input.database, name), log };
    const limits = { signal, deadline: request.deadline };
    const opened = await openSession(parts, { lazy, isolation, readOnly, limits, where: `${name}()` });
    try {
      yield opened.session as unknown as DatabaseSession<Tables>;
    } catch (error) {
      await opened.rollback();
      throw answerConflict(error);
    }
    try {
      await opened.commit();
    } catch (error) {
      throw answerConflict(error);
    }
  }) as SessionOf<Tables>;
}
