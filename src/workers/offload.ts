/** Runs functions in workers, so that they do not hold the event loop. */

import type { Transferable } from "node:worker_threads";
import { ApusError } from "../errors/apus-error.ts";
import { findCaller } from "../errors/declared-at.ts";
import { currentRequest } from "../http/current-request.ts";
import { offloadChannel, runStep, type OffloadStep } from "../http/trace-channels.ts";
import { CallPromise } from "./call-promise.ts";
import { importModule } from "./call-runner.ts";
import { workerHome, type AnyFunction } from "./inside-worker.ts";
import { readContext, type OffloadContext } from "./offload-context.ts";
import type { OffloadableFunction, Offloaded, OffloadOptions, OffloadSettings } from "./offloaded.ts";
import type { OffloadStatistics } from "./pool-statistics.ts";
import {
  checkCallSettings,
  checkOffloadOptions,
  registeredModules,
  registerFile,
  registerFunction,
  type ModuleMeta,
} from "./registration.ts";
import { DeferredStream } from "./stream-reader.ts";
import { continueTrace, readRequestFacts } from "./request-facts.ts";
import { markMoved } from "./sent-values.ts";
import type { CallOrder } from "./worker-call.ts";
import type { CallTarget } from "./worker-messages.ts";
import { workerPool } from "./worker-pool.ts";

/** `offload()`, and what belongs to it. */
export interface Offload {
  /**
   * A function that runs in a worker. The worker imports the module, and finds the function by its name:
   * so this stands at the top level of the module, and the function sees what the module has, but nothing of a caller.
   * @throws ApusError APUS_BAD_OPTION
   */
  <F extends OffloadableFunction>(module: ModuleMeta, name: string, run: F, options?: OffloadOptions): Offloaded<F>;
  /** An exported function of another file, which this process does not load: `offload.file<typeof hash>(url, "hash")`. */
  file<F extends OffloadableFunction>(url: URL | string, exportName?: string, options?: OffloadOptions): Offloaded<F>;
  /** Starts the threads and loads all modules with functions for them, so that the first calls do not wait for that. */
  warm(): Promise<void>;
  /** Waits for what runs and waits, and ends the workers. Nobody has to: workers do not keep the process running. */
  close(): Promise<void>;
  /** The pool at this moment. */
  stats(): OffloadStatistics;
  /** In an offloaded function: its signal, and the request it belongs to. */
  context(): OffloadContext;
  /** Marks a value that an offloaded function gives: the buffers of the list are moved, not copied. */
  transfer<T extends object>(value: T, moved: readonly Transferable[]): T;
}

/** Who runs the function: the module that registered it, or another file. */
interface Callee {
  readonly target: CallTarget;
  readonly options: OffloadOptions;
  /** How it runs in this very thread. */
  readonly runHere: AnyFunction;
}

/** How a function answers, as far as this side can see. */
type Answers = "promise" | "items" | "either";

function offloadFunction(
  module: ModuleMeta,
  name: string,
  ...[run, options = {}]: readonly [AnyFunction, OffloadOptions?]
): AnyFunction {
  checkOffloadOptions(options);
  registerFunction(module, name, { run, errors: options.errors ?? [] });
  const target = { url: module.url, name, isExport: false };
  return buildOffloaded({ target, options, runHere: run }, answersOf(run));
}

function offloadFile(url: URL | string, exportName = "default", options: OffloadOptions = {}): AnyFunction {
  checkOffloadOptions(options);
  const { href } = readFileUrl(url);
  registerFile(href);
  const runHere = async (...args: readonly unknown[]): Promise<unknown> => {
    const module = await importModule(href);
    return (module[exportName] as AnyFunction)(...args);
  };
  return buildOffloaded({ target: { url: href, name: exportName, isExport: true }, options, runHere }, "either");
}

function buildOffloaded(callee: Callee, answers: Answers): AnyFunction {
  const call = (settings: OffloadSettings, args: readonly unknown[]): unknown => {
    // A worker that waited for another one could wait for ever: what is offloaded in a worker runs there.
    const runsHere = workerHome !== undefined && (workerHome.kind === "process" || callee.options.process !== true);
    const start = runsHere
      ? () => runInline(callee.runHere, settings, args)
      : () => runOrder(buildOrder(callee, settings, args));
    if (answers === "items") return new DeferredStream(start);
    return answers === "promise" ? start() : new CallPromise((resolve) => resolve(start()));
  };
  const offloaded = (...args: readonly unknown[]): unknown => call({}, args);
  Object.defineProperty(offloaded, "name", { value: callee.target.name });
  return Object.assign(offloaded, {
    with: (settings: OffloadSettings) => {
      checkCallSettings(settings);
      return (...args: readonly unknown[]) => call(settings, args);
    },
  });
}

function runOrder(order: CallOrder): Promise<unknown> {
  if (!offloadChannel.hasSubscribers) return workerPool.run(order);
  const step: OffloadStep = {
    name: order.target.name,
    traceparent: undefined,
    run: () => workerPool.run({ ...order, request: continueTrace(order.request, step.traceparent) }),
  };
  return runStep(offloadChannel, step);
}

async function runInline(run: AnyFunction, settings: OffloadSettings, args: readonly unknown[]): Promise<unknown> {
  settings.signal?.throwIfAborted();
  const value: unknown = await run(...args);
  const isGenerator = Object.prototype.toString.call(value) === "[object Generator]";
  return isGenerator ? readEach(value as Iterable<unknown>) : value;
}

async function* readEach(items: Iterable<unknown>): AsyncGenerator<unknown, unknown, undefined> {
  return yield* items as Generator<unknown, unknown, undefined>;
}

function buildOrder({ target, options }: Callee, settings: OffloadSettings, args: readonly unknown[]): CallOrder {
  const current = currentRequest.getStore();
  const { signal = current?.request.signal } = settings;
  return {
    target,
    args,
    transfer: settings.transfer ?? [],
    workerKind: { process: options.process === true, memoryMb: options.memoryMb },
    priority: settings.priority ?? options.priority ?? "normal",
    timeout: settings.timeout ?? options.timeout,
    signal: signal ?? undefined,
    request: readRequestFacts(current),
    errors: options.errors ?? [],
  };
}

function answersOf(run: AnyFunction): Answers {
  const kind = Object.prototype.toString.call(run);
  if (kind === "[object AsyncGeneratorFunction]" || kind === "[object GeneratorFunction]") return "items";
  return kind === "[object AsyncFunction]" ? "promise" : "either";
}

function readFileUrl(url: URL | string): URL {
  const text = String(url);
  if (URL.canParse(text)) return new URL(text);
  const message = `offload.file() at ${findCaller()} needs the URL of a file, not ${JSON.stringify(text)}: write new URL("./x.ts", import.meta.url).`;
  throw new ApusError("APUS_BAD_OPTION", message);
}

export const offload: Offload = Object.assign(offloadFunction, {
  file: offloadFile,
  warm: () => workerPool.warm(registeredModules()),
  close: () => workerPool.close(),
  stats: () => workerPool.read(),
  context: readContext,
  transfer: markMoved,
}) as unknown as Offload;
