/** What an app needs to be ready: checked when somebody asks, together, each within a time, and not more often than is useful. */

import { AsyncLocalStorage } from "node:async_hooks";
import {
  compileDependencies,
  type DependencyParts,
  type OperationDependencies,
} from "../dependencies/compile-dependencies.ts";
import type { AnyDependency, Dependency } from "../dependencies/dependency.ts";
import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import { refuseOption } from "../errors/factory-options.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import type { Logger } from "../log/logger.ts";

/** An app's dependency with a `check()`, or a function. What throws, or gives false, is not ready; the signal fires when its time is up. */
export type HealthCheck = Dependency<{ check(): unknown }> | ((signal: AbortSignal) => unknown);

export interface ReadinessOptions {
  /** What has to be well for "/ready" to be 200, by the names that are told when it is not. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Milliseconds that each check may take; 2,000 by default. */
  readonly checkTimeout?: number;
  /** Milliseconds for which their outcome is good, however many ask; 1,000 by default. */
  readonly checkInterval?: number;
}

export interface ReadinessParts {
  readonly dependencies: DependencyParts;
  readonly logger: Logger;
}

const noFailures: readonly string[] = [];

export class ReadinessChecks {
  /** What they use, to be started with the app. */
  readonly dependencies: OperationDependencies;
  readonly #checks: readonly Check[];
  readonly #interval: number;
  /** A check belongs to nobody's request, whoever was the first to ask. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #failed = noFailures;
  #doneAt = -Infinity;
  #running: Promise<readonly string[]> | undefined;

  constructor(dependencies: OperationDependencies, checks: readonly Check[], interval: number) {
    this.dependencies = dependencies;
    this.#checks = checks;
    this.#interval = interval;
  }

  /** The names of those that have failed, in the order of their declaration. Never rejects. */
  run(): MaybePromise<readonly string[]> {
    if (this.#running !== undefined) return this.#running;
    if (performance.now() - this.#doneAt < this.#interval) return this.#failed;
    this.#running = this.#outside(() => this.#runAll()).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #runAll(): Promise<readonly string[]> {
    const outcomes = await Promise.all(
      this.#checks.map(async (check) => ({ name: check.name, ok: await check.run() })),
    );
    this.#failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name);
    this.#doneAt = performance.now();
    return this.#failed;
  }
}

interface CheckInit {
  readonly name: string;
  readonly timeout: number;
  readonly logger: Logger;
  readonly start: (signal: AbortSignal) => unknown;
}

class Check {
  readonly name: string;
  readonly #init: CheckInit;
  /** One that takes too long is waited for again, and not begun a second time. */
  #pending: Promise<unknown> | undefined;
  #isWell = true;

  constructor(init: CheckInit) {
    this.#init = init;
    this.name = init.name;
  }

  /** Whether all is well; said in the log when that changes. */
  async run(): Promise<boolean> {
    const { name, timeout, logger } = this.#init;
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`The check took more than ${timeout} ms.`)), timeout);
    try {
      if ((await Promise.race([this.#start(), expired])) === false) throw new Error("The check gave false.");
      if (!this.#isWell) logger.info("A readiness check is well again", { check: name });
      this.#isWell = true;
    } catch (error) {
      if (this.#isWell) logger.warn("A readiness check has failed", { check: name, error });
      this.#isWell = false;
    } finally {
      clearTimeout(timer);
    }
    return this.#isWell;
  }

  #start(): Promise<unknown> {
    const { start, timeout } = this.#init;
    this.#pending ??= (async () => start(AbortSignal.timeout(timeout)))().finally(() => (this.#pending = undefined));
    return this.#pending;
  }
}

/** undefined when there is nothing to check. @throws ApusError APUS_BAD_OPTION, and what is wrong with a dependency */
export async function compileReadiness(
  { checks, checkTimeout = 2_000, checkInterval = 1_000 }: ReadinessOptions,
  { dependencies: parts, logger }: ReadinessParts,
): Promise<ReadinessChecks | undefined> {
  const times = new CheckedOptions("health", { checkTimeout, checkInterval }, ["checkTimeout", "checkInterval"]);
  times.whole("checkTimeout", 1, longestTime);
  times.whole("checkInterval", 0, longestTime);
  const named = readChecks(checks);
  if (named.length === 0) return undefined;
  // By numbers: the names are the user's, and some are taken for dependencies.
  const used = Object.fromEntries(
    named.flatMap(([, check], index) => (typeof check === "function" ? [] : [[`check${index}`, check]])),
  ) as Record<string, AnyDependency>;
  const where = "health: { checks }";
  const dependencies = await compileDependencies({ named: used, unnamed: [], where, pathNames: [] }, parts);
  const list = named.map(([name, check], index) => {
    const start =
      typeof check === "function" ? check : async () => checkValue(await findValue(dependencies, `check${index}`));
    return new Check({ name, timeout: checkTimeout, logger, start });
  });
  return new ReadinessChecks(dependencies, list, checkInterval);
}

function readChecks(checks: unknown): readonly (readonly [name: string, check: HealthCheck])[] {
  if (checks === undefined) return [];
  const wanted = 'functions or dependencies with a scope of "app", by name';
  if (typeof checks !== "object" || checks === null || Array.isArray(checks)) {
    throw refuseOption("health: { checks }", checks, wanted);
  }
  const named = Object.entries(checks as Readonly<Record<string, HealthCheck>>);
  for (const [name, check] of named) {
    if (typeof check === "function") continue;
    const { kind, options } = (check ?? {}) as Partial<AnyDependency>;
    if (kind === "dependency" && options?.scope === "app") continue;
    const found = kind === "dependency" ? "a dependency of requests" : check;
    throw refuseOption(`health: { checks: { ${name} } }`, found, 'a function, or a dependency with the scope "app"');
  }
  return named;
}

/** The value that lives as long as the app, or what a test has put in its place. */
async function findValue(dependencies: OperationDependencies, wanted: string): Promise<unknown> {
  const { given, steps } = await dependencies.current();
  const [, index = -1] = given.find(([name]) => name === wanted) ?? [];
  return steps[index]?.value;
}

function checkValue(value: unknown): unknown {
  const { check } = (value ?? {}) as { readonly check?: unknown };
  if (typeof check !== "function") throw new Error("The value of the dependency has no check().");
  return (check as () => unknown).call(value);
}
