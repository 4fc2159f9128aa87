/** Loads an app and makes it listen: the work of `apus start`, of its workers, and of the process below `apus dev`. */

import type { ListenOptions, RunningServer } from "../app/running-server.ts";
import { CommandError } from "./command-error.ts";
import { parsePort } from "./command.ts";
import { showPath } from "./find-app-file.ts";
import { ListenCalls, type ListenCall } from "./listen-calls.ts";
import { loadApp, loadEnvironment } from "./load-app.ts";

/** Plain data: it goes from process to process as JSON. */
export interface ServeSettings {
  /** Absolute path of the app's module. */
  readonly path: string;
  /** NODE_ENV where nobody has set it. */
  readonly mode: "development" | "production";
  /** The flags; they win over everything. */
  readonly port: number | undefined;
  readonly host: string | undefined;
  /** The host where neither flag nor HOST names one. */
  readonly defaultHost: string;
  /** How this process stops, whoever calls `listen()`. */
  readonly stop: Pick<ListenOptions, "signals" | "stopTimeout" | "idleGrace">;
}

export interface ServedApp {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws CommandError where the module, its app, the port or the host are at fault; otherwise what the start throws. */
export async function serveApp(settings: ServeSettings): Promise<ServedApp> {
  loadEnvironment(settings.mode);
  const calls = new ListenCalls((call) => listen(call, settings));
  const app = await loadApp(settings.path, calls);
  const own = calls.serverOf(app);
  const server = await (own ?? app.listen(readAddress(settings)));
  if (own !== undefined) {
    const why = `${showPath(settings.path)} calls app.listen() itself`;
    app.log.info(`${why}: its server is used, and only --port and --host change its options.`, { url: server.url });
  }
  return { url: server.url, stop: () => calls.stop() };
}

/** PORT and HOST of the environment stand between the flags and the defaults. */
function readAddress({ port, host, defaultHost }: ServeSettings): ListenOptions {
  const { PORT, HOST } = process.env;
  return {
    port: port ?? (PORT === undefined || PORT === "" ? 8000 : parsePort(PORT, "PORT")),
    host: host ?? (HOST === undefined || HOST === "" ? defaultHost : HOST),
  };
}

async function listen(call: ListenCall, { port, host, stop }: ServeSettings): Promise<RunningServer> {
  // A second app of the same module cannot have the same port.
  const flags = call.isFirst ? { ...(port !== undefined && { port }), ...(host !== undefined && { host }) } : {};
  const options: ListenOptions = { ...call.options, ...flags, ...stop };
  try {
    return await call.listen(options);
  } catch (error) {
    const message = describeListenError(error as NodeJS.ErrnoException, options);
    throw message === undefined ? error : new CommandError(message);
  }
}

function describeListenError({ code }: NodeJS.ErrnoException, options: ListenOptions): string | undefined {
  const { port = 8000, host = "127.0.0.1" } = options;
  if (code === "EADDRINUSE") {
    return `Port ${port} of ${host} is in use: stop what listens there, or choose another with --port.`;
  }
  if (code === "EACCES") {
    return `Port ${port} of ${host} may not be opened by this user: choose one above 1023 with --port.`;
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return `${host} is no address of this machine: choose another with --host.`;
  }
  return undefined;
}
