/** The types that a task gives to its handler, and to those who enqueue it. */

import type { UsedValues, Uses } from "../dependencies/dependency.ts";
import type { Logger } from "../log/logger.ts";
import type { AnySchema, InferInput, InferOutput } from "../schema/standard-schema.ts";
import type { ModuleMeta } from "../workers/registration.ts";

/** What every handler of a task is given. */
export interface TaskTools {
  /** The same for every attempt: what was done under it before need not be done again. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Fires when the time is up, when the task is cancelled, and when the process has to stop before it is done. */
  readonly signal: AbortSignal;
}

/** What handlers are given that run in the main thread. */
export interface LoopTools extends TaskTools {
  /** Carries the task, its id, the attempt, and the request that enqueued it on every line. */
  readonly log: Logger;
  /** Tells how far it is, with anything that JSON carries; what was told last is kept. */
  readonly progress: (value: unknown) => void;
}

/** What a schema's value is after validation; nothing when there is no schema. */
export type InputOf<In> = In extends AnySchema ? InferOutput<In> : undefined;

/** What is enqueued. */
export type EnqueuedInput<In> = In extends AnySchema ? InferInput<In> : undefined;

/** The one argument of a handler. */
export type TaskInput<In, Used, Cpu> = (Cpu extends ModuleMeta
  ? TaskTools
  : LoopTools & UsedValues<{ readonly use: Used }>) & {
  readonly input: InputOf<In>;
};

/** What a handler has to return. */
export type HandlerResult<Out> = Out extends AnySchema ? InferInput<Out> | Promise<InferInput<Out>> : unknown;

/** What those who wait for a result are given: what the handler returned, as JSON has made it. */
export type TaskResult<Out, Result> = JsonOf<Out extends AnySchema ? InferOutput<Out> : Awaited<Result>>;

type JsonPrimitive = string | number | boolean | null;

type JsonOf<T> = T extends JsonPrimitive
  ? T
  : T extends Date | bigint
    ? string
    : T extends undefined | void
      ? undefined
      : T extends { toJSON(): infer Encoded }
        ? JsonOf<Encoded>
        : T extends readonly unknown[]
          ? { readonly [Index in keyof T]: JsonOf<T[Index]> }
          : T extends object
            ? {
                readonly [Key in keyof T as T[Key] extends (...given: never[]) => unknown ? never : Key]: JsonOf<
                  T[Key]
                >;
              }
            : unknown;

/** Names that a handler is given something else under. */
export const takenNames = ["input", "id", "attempt", "signal", "log", "progress"] as const;

/** Dependencies of a task, by free names. */
export type TaskUses = Uses & {
  readonly [
    Name in (typeof takenNames)[number]
  ]?: "this name is taken: the handler of a task is given something else under it";
};
