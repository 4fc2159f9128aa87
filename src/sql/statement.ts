/** Statements from text: whether they only read, and those that nobody but a session may run. */

import { ApusError } from "../errors/apus-error.ts";
import type { Statement } from "./sql-pool.ts";

const reading = /^\s*(?:select|values)\b/i;
const controlling =
  /^\s*(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i;

/**
 * A statement from its text and parameters. `isSelect` says that it was built as one, whatever it begins with.
 * @throws ApusError APUS_SQL_SESSION for BEGIN, COMMIT and the like, which would change what others share
 */
export function buildStatement(text: string, parameters: readonly unknown[], isSelect = false): Statement {
  if (controlling.test(text)) {
    const [word = ""] = text.trim().split(/\s/, 1);
    const remedy = "use transaction(), which ends it on every path";
    throw new ApusError("APUS_SQL_SESSION", `"${word}" cannot be run as a statement: ${remedy}.`);
  }
  return { text, parameters, isRead: isSelect || reading.test(text) };
}
