/** The types of offloaded functions: what `offload()` takes, and what it makes of a function. */

import type { Transferable } from "node:worker_threads";
import type { ErrorClass } from "./inside-worker.ts";

/** Calls of a higher priority leave the queue first. */
export type OffloadPriority = "low" | "normal" | "high";

/** What every call of a function has. */
export interface OffloadOptions {
  /** Milliseconds that a run may take; then it is given up with an `HttpError` 504. No limit by default. */
  readonly timeout?: number;
  /** "normal" by default. */
  readonly priority?: OffloadPriority;
  /** Megabytes that the heap of the worker may have; it gets workers of its own. Node's own limit by default. */
  readonly memoryMb?: number;
  /** Runs in a process instead of a thread: for native code that may crash. False by default. */
  readonly process?: boolean;
  /** Classes of errors that the function throws, for `instanceof` on this side; those of JavaScript and Apus are known. */
  readonly errors?: readonly ErrorClass[];
}

/** What one call has. */
export interface OffloadSettings {
  /** Gives the call up. The signal of the running request by default; null for none. */
  readonly signal?: AbortSignal | null | undefined;
  readonly timeout?: number;
  readonly priority?: OffloadPriority;
  /** What is moved to the worker instead of being copied. */
  readonly transfer?: readonly Transferable[];
}

/** Any function. `never` lets a parameter keep the type of its default value. */
export type OffloadableFunction = (...args: never) => unknown;

/** A function that runs in a worker. */
export interface Offloaded<F extends OffloadableFunction> {
  (...args: ParametersOf<F>): OffloadResult<ReturnOf<F>>;
  /** The same function, with settings for the calls that are made of it. */
  with(settings: OffloadSettings): (...args: ParametersOf<F>) => OffloadResult<ReturnOf<F>>;
}

type ParametersOf<F> = F extends (...args: infer Args) => unknown ? Args : never;
type ReturnOf<F> = F extends (...args: never) => infer Result ? Result : never;

type IsExact<T> = 0 extends 1 & T ? false : [T] extends [never] ? false : true;

/** A promise of what the function gives; generators are read item by item. */
export type OffloadResult<R> =
  IsExact<R> extends true
    ? [R] extends [AsyncGenerator<infer Item, infer End, infer _> | Generator<infer Item, infer End, infer _>]
      ? AsyncGenerator<Item, End, undefined>
      : Promise<OffloadedValue<Awaited<R>>>
    : Promise<R>;

/** What a promise of an iterable gives. */
export type OffloadedValue<T> =
  IsExact<T> extends true
    ? [T] extends [AsyncGenerator<infer Item, infer End, infer _> | Generator<infer Item, infer End, infer _>]
      ? AsyncGenerator<Item, End, undefined>
      : [T] extends [AsyncIterable<infer Item>]
        ? AsyncGenerator<Item, void, undefined>
        : T
    : T;
