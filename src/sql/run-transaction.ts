/** A transaction around a block: committed when it returns, rolled back when it throws, tried again when others were in the way. */

import { setTimeout as sleep } from "node:timers/promises";
import { CheckedOptions } from "../errors/checked-options.ts";
import { requestLimits } from "../http/current-request.ts";
import { openSession, type DatabaseParts, type DatabaseSession } from "./database-session.ts";
import { answerConflict, isConflict } from "./sql-failure.ts";
import type { Isolation } from "./sql-pool.ts";

export interface TransactionOptions {
  /** What a transaction sees of others; the database's own by default. SQLite's are always serializable. */
  readonly isolation?: Isolation;
  /** Refuses every change; false by default. */
  readonly readOnly?: boolean;
}

export interface BlockOptions extends TransactionOptions {
  /** How often the block is run again after a conflict with another transaction; 3 by default. */
  readonly retries?: number;
  /** Rolls back when it fires; the one of the running request by default. */
  readonly signal?: AbortSignal;
}

const isolations: readonly Isolation[] = ["read committed", "repeatable read", "serializable"];

/** @throws ApusError APUS_BAD_OPTION */
export function checkTransactionOptions(who: string, options: object, more: readonly string[] = []): void {
  const check = new CheckedOptions(who, options, ["isolation", "readOnly", ...more]);
  check.oneOf("isolation", isolations);
  check.kind("readOnly", "boolean");
  check.whole("retries", 0, 100);
}

/** @throws what the block throws; HttpError 503 when others were in the way each time */
export async function runTransaction(
  parts: DatabaseParts,
  block: (session: DatabaseSession<unknown>) => Promise<unknown>,
  options: BlockOptions = {},
): Promise<unknown> {
  checkTransactionOptions("transaction", options, ["retries", "signal"]);
  const { retries = 3 } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await runOnce(parts, block, options);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt >= retries) throw answerConflict(error);
      // Those who met once must not meet again: full jitter.
      await sleep(Math.random() * 10 * 2 ** Math.min(attempt, 6), undefined, readSignal(options));
    }
  }
}

async function runOnce(
  parts: DatabaseParts,
  block: (session: DatabaseSession<unknown>) => Promise<unknown>,
  options: BlockOptions,
): Promise<unknown> {
  const limits = { ...requestLimits(), ...readSignal(options) };
  const { isolation, readOnly } = options;
  const opened = await openSession(parts, { isolation, readOnly, lazy: false, limits, where: "transaction()" });
  let result: unknown;
  try {
    result = await block(opened.session);
  } catch (error) {
    await opened.rollback();
    throw error;
  }
  await opened.commit();
  return result;
}

function readSignal({ signal }: BlockOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
