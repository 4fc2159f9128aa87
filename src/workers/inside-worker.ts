/** Whether this code runs in a worker that offloaded functions run in, and what that worker knows. */

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: a function of any arguments
export type AnyFunction = (...args: any) => unknown;

/** A function that a module has registered. */
export interface RegisteredFunction {
  readonly run: AnyFunction;
  /** Classes that errors keep on their way back. */
  readonly errors: readonly ErrorClass[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: a class of any arguments
export type ErrorClass = abstract new (...args: any) => Error;

/** What the worker's first line leaves for every copy of this module; it is there before any module is. */
export interface WorkerHome {
  readonly kind: "thread" | "process";
  /** By module and name, see `keyOf()`. */
  readonly functions: Map<string, RegisteredFunction>;
  /** In threads: the id of the call that was given up, written from outside while the thread computes. */
  readonly givenUp: Int32Array | undefined;
  /** Set by the module that answers calls. */
  tell: ((message: { readonly kind: "listened" }) => void) | undefined;
}

const homeSymbol = Symbol.for("apus.offload");

/** Undefined everywhere but in a worker for offloaded functions. */
export const workerHome: WorkerHome | undefined = (globalThis as unknown as Record<symbol, WorkerHome | undefined>)[
  homeSymbol
];

/** The same for every copy of a module: bundled twice, it is still one module to the worker. */
export function keyOf(url: string, name: string): string {
  return `${url}#${name}`;
}

/** Whether this is a worker of `offload()`: then apps do not start, and nothing listens. */
export function isInsideWorker(): boolean {
  return workerHome !== undefined;
}

/** Tells the main thread that an app was told to listen in here. */
export function noticeListen(): void {
  workerHome?.tell?.({ kind: "listened" });
}

/**
 * The first line of a worker, as text: it does not import the app as its main module, so that `import.meta.main` is false
 * there even when the framework and the app are one file.
 */
export function buildFirstLine(kind: WorkerHome["kind"], entryUrl: string): string {
  const givenUp =
    kind === "thread" ? `process.getBuiltinModule("node:worker_threads").workerData.givenUp` : "undefined";
  return [
    `const home = { kind: "${kind}", functions: new Map(), givenUp: ${givenUp}, tell: undefined };`,
    `globalThis[Symbol.for("apus.offload")] = home;`,
    // When the entry is the whole app, its error is told to the call that needs it.
    `import(${JSON.stringify(entryUrl)}).catch((error) => { if (home.tell === undefined) throw error; });`,
  ].join("\n");
}
