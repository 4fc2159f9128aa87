/** The application: declares, starts, serves, stops. */

import { ApusError } from "../errors/apus-error.ts";
import { createConsoleWriter } from "../log/console-writer.ts";
import { createLogger, silentLogger, type Logger } from "../log/logger.ts";
import type { OpenApiDocument } from "../openapi/build-document.ts";
import type { Operation } from "../operation/operation.ts";
import { buildPath } from "../routing/path-template.ts";
import { buildFetchResponse, readFetchRequest } from "../server/fetch-edge.ts";
import type { AppOptions, LogOptions } from "./app-options.ts";
import { compileApp, type CompiledApp } from "./compile-app.ts";
import { findCaller } from "./declared-at.ts";
import { watchLateRejections } from "./late-rejections.ts";
import { RunningLifespans, type Lifespan } from "./lifespan.ts";
import { Router, type NoConverters } from "./router.ts";
import { startServer, type ListenOptions, type RunningServer } from "./running-server.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: an app of any converters
type AnyApp = App<any>;

interface MountDeclaration {
  readonly prefix: string;
  readonly app: AnyApp;
  readonly declaredAt: string;
}

type ParametersOf<Op> = Op extends { readonly "~types"?: infer T }
  ? NonNullable<T> extends { readonly parameters: infer Parameters }
    ? Parameters
    : never
  : never;

export class App<Custom = NoConverters> extends Router<"", Custom> {
  readonly #options: AppOptions<Custom>;
  readonly #logger: Logger;
  readonly #lifespans: Lifespan[] = [];
  readonly #mounts: MountDeclaration[] = [];
  readonly #running = new RunningLifespans();
  #compiled: Promise<CompiledApp> | undefined;
  #started: Promise<CompiledApp> | undefined;
  #current: CompiledApp | undefined;
  #server: RunningServer | undefined;
  #unwatch: (() => void) | undefined;
  #ready = false;

  constructor(options: AppOptions<Custom> = {}) {
    super({ ...(options.converters !== undefined && { converters: options.converters }) });
    const limit = options.bodyLimit;
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
      throw new ApusError("APUS_BAD_OPTION", `bodyLimit is a number of bytes, not ${String(limit)}.`);
    }
    this.#options = options;
    this.#logger = buildLogger(options.log);
  }

  /** The app's logger. Inside a request use the handler's `log`, which knows the request. */
  get log(): Logger {
    return this.#logger;
  }

  /** True from the end of the start to the beginning of the stop; what `/ready` answers. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Code around the app's life: `app.lifespan(async function* () { const pool = await open(); yield; await pool.close(); })`. */
  lifespan(lifespan: Lifespan): this {
    this.#assertNotStarted(`lifespan() at ${findCaller()}`);
    this.#lifespans.push(lifespan);
    return this;
  }

  /** Serves another app below a prefix: with its own documentation, error handlers, middleware and lifespans. */
  mount(prefix: string, app: AnyApp): this {
    const declaredAt = findCaller();
    this.#assertNotStarted(`mount() at ${declaredAt}`);
    if (!/^\/[^{}]*[^/{}]$/.test(prefix)) {
      throw new ApusError(
        "APUS_BAD_OPTION",
        `mount() at ${declaredAt} needs a literal prefix such as "/admin", not ${JSON.stringify(prefix)}.`,
      );
    }
    if ((app as unknown) === this)
      throw new ApusError("APUS_ROUTER_CYCLE", `mount() at ${declaredAt} mounts an app in itself.`);
    this.#mounts.push({ prefix, app, declaredAt });
    return this;
  }

  /** Compiles everything and runs the lifespans; once, however often it is called. `listen()` and `fetch()` call it. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started.then(() => {});
  }

  /** Stops the server, if the app listens, and ends the lifespans in reverse. */
  async stop(): Promise<void> {
    if (this.#server === undefined) await this.#end();
    else await this.#server.stop();
  }

  /**
   * Starts the app and serves it; resolves when connections are accepted.
   * @throws ApusError for wrong declarations, or the system's error (EADDRINUSE).
   */
  async listen(options: ListenOptions = {}): Promise<RunningServer> {
    if (this.#server !== undefined)
      throw new ApusError("APUS_ALREADY_LISTENING", "This app listens already; stop() it first.");
    await this.start();
    const { journey } = this.#current as CompiledApp;
    const server = await startServer(journey, options, {
      logger: this.#logger,
      docsPath: this.#docsPath(),
      notReady: () => (this.#ready = false),
      stopApp: () => this.#end(),
    });
    this.#server = server;
    return server;
  }

  /** Answers a platform `Request`: the edge for tests and for other runtimes. Starts the app when nobody has. */
  readonly fetch = async (request: Request): Promise<Response> => {
    this.#started ??= this.#start();
    const { journey } = await this.#started;
    return buildFetchResponse(await journey.handle(readFetchRequest(request)), request.method);
  };

  /** The OpenAPI document as data. */
  async openapi(): Promise<OpenApiDocument> {
    return (await this.#compile()).document;
  }

  /**
   * The path of an operation of this app, its parameters encoded.
   * @throws ApusError APUS_UNKNOWN_OPERATION before the start or for a stranger's operation, APUS_URL_PARAMETER for a misfit.
   */
  urlFor<Op extends Operation>(operation: Op, parameters?: ParametersOf<Op>): string {
    const template = this.#current?.templates.get(operation);
    if (template !== undefined) return buildPath(template, parameters ?? {});
    const why = this.#current === undefined ? "before this app has started" : "that this app does not serve";
    throw new ApusError(
      "APUS_UNKNOWN_OPERATION",
      `urlFor() was asked for ${operation.method} ${operation.path} ${why}.`,
    );
  }

  #compile(): Promise<CompiledApp> {
    this.#compiled ??= this.#compileAll();
    return this.#compiled;
  }

  async #compileAll(): Promise<CompiledApp> {
    const mounts = [];
    for (const { prefix, app, declaredAt } of this.#mounts) {
      mounts.push({ prefix, declaredAt, journey: (await app.#compile()).journey });
    }
    const { docs = {}, health = {}, bodyLimit = 1_048_576, mode = process.env["NODE_ENV"], log } = this.#options;
    const logRequests = typeof log === "object" && "requests" in log ? (log.requests ?? true) : true;
    const compiled = await compileApp({
      router: this,
      mounts,
      description: this.#options,
      docs,
      health,
      bodyLimit,
      logger: this.#logger,
      logRequests,
      production: mode === "production",
      isReady: () => this.#ready,
    });
    this.#current = compiled;
    return compiled;
  }

  async #start(): Promise<CompiledApp> {
    try {
      const compiled = await this.#compile();
      for (const { app } of this.#mounts) await app.start();
      await this.#running.start(this.#lifespans);
      this.#unwatch = watchLateRejections();
      this.#ready = true;
      return compiled;
    } catch (error) {
      this.#started = undefined;
      throw error;
    }
  }

  async #end(): Promise<void> {
    this.#server = undefined;
    this.#ready = false;
    const started = this.#started;
    if (started === undefined) return;
    this.#started = undefined;
    await started;
    this.#unwatch?.();
    await this.#running.end();
    for (const { app } of this.#mounts.toReversed()) await app.stop();
  }

  #docsPath(): string | undefined {
    const { docs = {} } = this.#options;
    if (docs === false || docs.openapi === false || docs.swagger === false) return undefined;
    return docs.swagger ?? "/docs";
  }

  #assertNotStarted(what: string): void {
    if (this.#compiled === undefined) return;
    throw new ApusError("APUS_FROZEN", `${what} came too late: the app has started.`);
  }
}

function buildLogger(log: LogOptions | Logger | false | undefined): Logger {
  if (log === false) return silentLogger;
  if (log !== undefined && "child" in log) return log;
  const pretty = log?.pretty ?? (process.stdout.isTTY && process.env["NODE_ENV"] !== "production");
  return createLogger(createConsoleWriter({ pretty }), log?.level);
}
