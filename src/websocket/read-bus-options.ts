/** What `postgresBus()` and `redisBus()` are given, checked. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import { createConsoleWriter } from "../log/console-writer.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import type { BusSettings } from "./connected-bus.ts";
import { checkBusPrefix } from "./name-bus-channel.ts";

export interface BusOptions {
  /** Where the server is, with user and password. */
  readonly url: string;
  /** Is told when the connection is lost, and when it is back; an app's `log`. Standard output by default. */
  readonly log?: Logger;
  /** What the server's names of channels begin with; "apus:" by default. For servers that several apps share. */
  readonly prefix?: string;
  /** Milliseconds that a message waits for a connection before `publish()` fails; 5,000 by default. */
  readonly publishTimeout?: number;
  /** The largest message, as JSON; 1 MiB by default, 32 MiB at most. */
  readonly maxMessageBytes?: number;
}

const names = ["url", "log", "prefix", "publishTimeout", "maxMessageBytes"] as const;

/** @throws ApusError APUS_BAD_OPTION */
export function readBusOptions(
  factory: string,
  options: BusOptions,
  schemes: readonly string[],
): Omit<BusSettings, "title" | "open"> {
  const checked = new CheckedOptions(factory, options, names);
  checked.methods("log", ["info", "warn"]);
  checked.whole("publishTimeout", 1, longestTime);
  checked.whole("maxMessageBytes", 1, 32 * 1024 * 1024);
  const scheme = URL.canParse(options.url) ? new URL(options.url).protocol.slice(0, -1) : undefined;
  if (scheme === undefined || !schemes.includes(scheme)) {
    // Without the value, which may have a password.
    throw new ApusError("APUS_BAD_OPTION", `${factory}({ url }) must be a URL of ${schemes.join(" or ")}.`);
  }
  const { prefix = "apus:", publishTimeout = 5_000, maxMessageBytes = 1024 * 1024 } = options;
  checkBusPrefix(`${factory}({ prefix })`, prefix);
  return { prefix, publishTimeout, maxMessageBytes, log: options.log ?? createDefaultLog() };
}

function createDefaultLog(): Logger {
  const pretty = process.stdout.isTTY && process.env["NODE_ENV"] !== "production";
  return createLogger(createConsoleWriter({ pretty }), "info");
}
