/** Notifications of a database, for whom and for how long. */

import { ApusError } from "../errors/apus-error.ts";
import { checkOptionNames } from "../errors/factory-options.ts";
import { requestLimits } from "../http/current-request.ts";
import type { DatabaseNotifications } from "./notification-stream.ts";
import type { SqlPool } from "./sql-pool.ts";

export interface NotificationOptions {
  /** Ends them with its reason; the one of the running request by default. */
  readonly signal?: AbortSignal;
}

/** PostgreSQL takes no longer name (NAMEDATALEN - 1), and cuts off what is behind it. */
const longestName = 63;

/** @throws ApusError APUS_BAD_OPTION; HttpError 503 after the end */
export function listen(pool: SqlPool, channel: string, options: NotificationOptions = {}): DatabaseNotifications {
  checkOptionNames("listen", options, ["signal"] satisfies readonly (keyof NotificationOptions)[]);
  const isName = typeof channel === "string" && channel !== "" && !channel.includes("\0");
  if (!isName || Buffer.byteLength(channel) > longestName) {
    throw new ApusError("APUS_BAD_OPTION", `listen() needs the name of a channel, of 1 to ${longestName} bytes.`);
  }
  return pool.listen(channel, options.signal ?? requestLimits().signal);
}
