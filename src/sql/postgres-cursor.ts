/** A cursor of PostgreSQL (DECLARE, FETCH): rows leave the server when they are asked for. */

import type { RowCursor, Statement, StatementResult } from "./sql-pool.ts";

export interface CursorTransaction {
  /** Runs a statement in the transaction of the cursor. */
  readonly query: (text: string, parameters: readonly unknown[]) => Promise<StatementResult>;
  /** Ends the transaction, if it was begun for the cursor alone. */
  readonly end: (how: "commit" | "rollback") => Promise<void>;
}

let cursors = 0;

/** Opens a cursor for a statement that only reads; of any other one all rows are there at once. */
export async function openPostgresCursor(
  { text, parameters, isRead }: Statement,
  { query, end }: CursorTransaction,
): Promise<RowCursor> {
  cursors += 1;
  const name = `apus_cursor_${cursors}`;
  try {
    if (isRead) await query(`declare ${name} no scroll cursor for ${text}`, parameters);
    const all = isRead ? undefined : (await query(text, parameters)).rows;
    let hasFailed = false;
    return {
      next: async (size) => {
        if (all !== undefined) return all.splice(0, size);
        try {
          return (await query(`fetch forward ${size} from ${name}`, [])).rows;
        } catch (error) {
          hasFailed = true;
          throw error;
        }
      },
      close: async () => {
        if (isRead && !hasFailed) await query(`close ${name}`, []).catch(() => {});
        await end(hasFailed ? "rollback" : "commit");
      },
    };
  } catch (error) {
    await end("rollback");
    throw error;
  }
}
