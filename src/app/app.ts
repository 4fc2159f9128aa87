/** The application: declares, starts, serves, stops. */

import { ApusError } from "../errors/apus-error.ts";
import { AppScope } from "../dependencies/app-scope.ts";
import type { DependencyParts } from "../dependencies/compile-dependencies.ts";
import type { Dependency } from "../dependencies/dependency.ts";
import { StopNotice } from "../http/stop-notice.ts";
import { Replacements } from "../dependencies/replacements.ts";
import type { Logger } from "../log/logger.ts";
import type { OpenApiDocument } from "../openapi/build-document.ts";
import type { Operation } from "../operation/operation.ts";
import { buildPath } from "../routing/path-template.ts";
import { buildFetchResponse, readFetchRequest } from "../server/fetch-edge.ts";
import { AppGuard } from "./app-guard.ts";
import { AppLife } from "./app-life.ts";
import { buildLogger, logsRequests } from "./app-log.ts";
import type { AppOptions } from "./app-options.ts";
import { compileApp, type CompiledApp } from "./compile-app.ts";
import { findCaller } from "../errors/declared-at.ts";
import { describeRoutes, type RouteDescription } from "./describe-routes.ts";
import type { DeclaredLifespan, Lifespan } from "./lifespan.ts";
import { readListenOptions } from "./read-listen-options.ts";
import { Router, type Converters, type NoConverters } from "./router.ts";
import { listenInWorker } from "./silent-server.ts";
import { startServer, type ListenOptions, type RunningServer } from "./running-server.ts";
import type { TaskQueue } from "../tasks/task-queue.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: an app of any converters
type AnyApp = App<any>;

/** Milliseconds for background tasks and clean-up after the last answer. */
const endingsDeadline = 10_000;

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

export class App<Custom extends Converters = NoConverters> extends Router<"", Custom> {
  readonly #options: AppOptions<Custom>;
  readonly #logger: Logger;
  readonly #lifespans: DeclaredLifespan[] = [];
  readonly #mounts: MountDeclaration[] = [];
  readonly #life = new AppLife({
    compile: () => this.#compile(),
    lifespans: this.#lifespans,
    mounted: this.#mounts,
    dependencies: { start: () => this.#startDependencies(), end: () => this.#endDependencies() },
  });
  readonly #stopNotice = new StopNotice();
  readonly #replacements = new Replacements();
  readonly #appScope: AppScope;
  readonly #guard: AppGuard;
  /** The app that this one is mounted in: they share what lives as long as the app. */
  #outer: AnyApp | undefined;
  #compiled: Promise<CompiledApp> | undefined;
  #current: CompiledApp | undefined;
  #server: Promise<RunningServer> | undefined;

  constructor(options: AppOptions<Custom> = {}) {
    const { converters, use } = options;
    super({ ...(converters !== undefined && { converters }), ...(use !== undefined && { use }) });
    const limit = options.bodyLimit;
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
      throw new ApusError("APUS_BAD_OPTION", `bodyLimit is a number of bytes, not ${String(limit)}.`);
    }
    this.#options = options;
    this.#logger = buildLogger(options.log);
    this.#appScope = new AppScope(this.#logger, this.#replacements);
    this.#guard = new AppGuard(options, this.#logger);
  }

  /** The app's logger. Inside a request use the handler's `log`, which knows the request. */
  get log(): Logger {
    return this.#logger;
  }

  /** True from the end of the start to the beginning of the stop; what `/ready` answers. */
  get ready(): boolean {
    return this.#life.ready;
  }

  /** Code around the app's life: `app.lifespan(async function* () { const pool = await open(); yield; await pool.close(); })`. */
  lifespan(lifespan: Lifespan): this {
    const declaredAt = findCaller();
    this.#assertNotStarted(`lifespan() at ${declaredAt}`);
    if (typeof lifespan !== "function") {
      throw new ApusError("APUS_BAD_OPTION", `lifespan() at ${declaredAt} was given no generator function.`);
    }
    this.#lifespans.push({ lifespan, declaredAt });
    return this;
  }

  /** Starts a queue with the app, with its log and dependencies, and stops it before what those dependencies stand for. */
  tasks(queue: TaskQueue): this {
    const where = `tasks() at ${findCaller()}`;
    this.#assertNotStarted(where);
    if (typeof queue?.start !== "function") throw new ApusError("APUS_BAD_OPTION", `${where} was given no task queue.`);
    const start = (): Promise<void> => queue.start({ log: this.#logger, dependencies: this.#dependencyParts() });
    this.#life.attach({ start, end: () => queue.stop() });
    return this;
  }

  /** Serves another app below a prefix: with its own documentation, error handlers, middleware and lifespans. */
  mount(prefix: string, app: AnyApp): this {
    const declaredAt = findCaller();
    this.#assertNotStarted(`mount() at ${declaredAt}`);
    if (typeof prefix !== "string" || !/^\/[^{}]*[^/{}]$/.test(prefix)) {
      throw new ApusError(
        "APUS_BAD_OPTION",
        `mount() at ${declaredAt} needs a literal prefix such as "/admin", not ${JSON.stringify(prefix)}.`,
      );
    }
    if (!(app instanceof App)) throw new ApusError("APUS_BAD_OPTION", `mount() at ${declaredAt} was given no app.`);
    if (app.#holds(this)) {
      const message = `mount() at ${declaredAt} mounts an app in itself, directly or through others.`;
      throw new ApusError("APUS_ROUTER_CYCLE", message);
    }
    this.#mounts.push({ prefix, app, declaredAt });
    app.#outer ??= this;
    return this;
  }

  /**
   * For tests: gives a value, or another dependency, in place of one, until it is disposed of (`using _ = app.override(…)`).
   * What the replaced one uses is not run for it. The documentation stays as it is.
   */
  override<Value>(replaced: Dependency<Value>, given: NoInfer<Value> | Dependency<NoInfer<Value>>): Disposable {
    return this.#dependencyParts().replacements.add(replaced, given);
  }

  /** Compiles everything and runs the lifespans; once, however often it is called. `listen()` and `fetch()` call it. */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Stops the server, if the app listens, and ends the lifespans in reverse. */
  async stop(): Promise<void> {
    if (this.#server === undefined) await this.#life.end();
    else await (await this.#server).stop();
  }

  /**
   * Starts the app and serves it; resolves when connections are accepted. Does nothing in a worker of `offload()`.
   * @throws ApusError for wrong declarations, or the system's error (EADDRINUSE); then the lifespans are ended again.
   */
  listen(options: ListenOptions = {}): Promise<RunningServer> {
    if (this.#server !== undefined) {
      const message = "This app listens already, or is being started or stopped; wait for stop() first.";
      return Promise.reject(new ApusError("APUS_ALREADY_LISTENING", message));
    }
    const server = listenInWorker(options) ?? this.#listen(options);
    this.#server = server;
    return server;
  }

  /** Answers a platform `Request`: the edge for tests and for other runtimes. Starts the app when nobody has. */
  readonly fetch = async (request: Request): Promise<Response> => {
    await this.#life.start();
    const { journey } = await this.#compile();
    const read = readFetchRequest(request);
    return buildFetchResponse(await journey.handle(read), read);
  };

  /** Every declared route as it is served, those of mounted apps last; compiles the app, but does not start it. */
  async routes(): Promise<readonly RouteDescription[]> {
    const { routes, document } = await this.#compile();
    const described = [...describeRoutes(routes, document)];
    for (const { prefix, app } of this.#mounts) {
      for (const route of await app.routes()) described.push({ ...route, path: `${prefix}${route.path}` });
    }
    return described;
  }

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

  #holds(app: AnyApp): boolean {
    return app === (this as AnyApp) || this.#mounts.some((mount) => mount.app.#holds(app));
  }

  #compile(): Promise<CompiledApp> {
    this.#compiled ??= this.#compileAll();
    return this.#compiled;
  }

  #outermost(): AnyApp {
    return this.#outer === undefined ? this : this.#outer.#outermost();
  }

  #dependencyParts(): DependencyParts {
    const outer = this.#outermost();
    return { replacements: outer.#replacements, appScope: outer.#appScope };
  }

  async #startDependencies(): Promise<void> {
    this.#stopNotice.reset();
    for (const dependencies of (await this.#compile()).dependencies) await dependencies.current();
  }

  async #endDependencies(): Promise<void> {
    this.#stopNotice.announce();
    const left = await (await this.#compile()).journey.settled(endingsDeadline);
    if (left > 0) this.#logger.error(`${left} requests were not cleaned up within ${endingsDeadline} ms`);
    // What it shares with the app that it is mounted in lives as long as that one.
    const outer = this.#outermost();
    if (outer === this || !outer.#life.isAlive) await outer.#appScope.end();
  }

  async #compileAll(): Promise<CompiledApp> {
    const mounts = [];
    for (const { prefix, app, declaredAt } of this.#mounts) {
      mounts.push({ prefix, declaredAt, journey: (await app.#compile()).journey });
    }
    const { docs = {}, health = {}, bodyLimit = 1_048_576, mode = process.env["NODE_ENV"], log } = this.#options;
    const compiled = await compileApp({
      router: this,
      mounts,
      description: this.#options,
      docs,
      health,
      bodyLimit,
      dependencies: this.#dependencyParts(),
      logger: this.#logger,
      logRequests: logsRequests(log),
      production: mode === "production",
      isReady: () => this.#life.ready,
      stopNotice: this.#stopNotice,
    });
    this.#current = compiled;
    return compiled;
  }

  async #listen(options: ListenOptions): Promise<RunningServer> {
    try {
      const checked = readListenOptions(options);
      await this.#life.start();
      const { journey } = await this.#compile();
      const routes = await this.routes();
      const server = await startServer(this.#guard.watch(journey), checked, {
        logger: this.#logger,
        isProduction: (this.#options.mode ?? process.env["NODE_ENV"]) === "production",
        docsPath: this.#docsPath(),
        notReady: () => {
          this.#life.withdraw();
          this.#stopNotice.announce();
        },
        stopApp: () => {
          this.#guard.stop();
          return this.#life.end().finally(() => (this.#server = undefined));
        },
      });
      this.#guard.start(routes);
      return server;
    } catch (error) {
      const [ended] = await Promise.allSettled([this.#life.end()]);
      this.#server = undefined;
      if (ended.status === "fulfilled" || ended.reason === error) throw error;
      throw new AggregateError([error, ended.reason], "The app failed to listen, and then to end.", { cause: error });
    }
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
