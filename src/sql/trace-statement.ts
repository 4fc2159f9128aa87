/** Tells of a statement where somebody listens. */

import { runStep, sqlChannel } from "../http/trace-channels.ts";
import type { SqlPool, Statement } from "./sql-pool.ts";

/** Does what runs the statement; its spans and figures are made by who listens. */
export function traceStatement<Result>(
  { dialect }: SqlPool,
  { text }: Statement,
  run: () => Promise<Result>,
): Promise<Result> {
  if (!sqlChannel.hasSubscribers) return run();
  return runStep(sqlChannel, { dialect, text, run }) as Promise<Result>;
}
