/** Several things at once, of which those that are not needed any more are told to stop. */

import { ApusError } from "../errors/apus-error.ts";
import { requestLimits } from "../http/current-request.ts";

/** Begins one of them; the signal fires when its result is not needed. */
export type Started<Value> = (signal: AbortSignal) => Value | PromiseLike<Value>;

type Values<Tasks extends readonly Started<unknown>[]> = {
  -readonly [Index in keyof Tasks]: Awaited<ReturnType<Tasks[Index]>>;
};

/** Why the others were told to stop. */
const notNeeded = "The result is not needed any more.";

/**
 * All results, in order. The first failure rejects, and the signal of the others fires; it fires, too, when the running
 * request's does.
 */
export async function all<const Tasks extends readonly Started<unknown>[]>(
  tasks: Tasks,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Values<Tasks>> {
  return together(options.signal, (signal) => Promise.all(startAll(tasks, signal))) as Promise<Values<Tasks>>;
}

/** The first that is settled, with its result or its failure, as `Promise.race`; the signal of the others fires. */
export async function race<const Tasks extends readonly Started<unknown>[]>(
  tasks: Tasks,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Values<Tasks>[number]> {
  if (tasks.length === 0) throw new ApusError("APUS_BAD_OPTION", "race() of nothing would never end: give it a task.");
  return together(options.signal, (signal) => Promise.race(startAll(tasks, signal))) as Promise<Values<Tasks>[number]>;
}

/** The first that succeeds, as `Promise.any`; the signal of the others fires. @throws AggregateError when none does */
export async function firstOf<const Tasks extends readonly Started<unknown>[]>(
  tasks: Tasks,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Values<Tasks>[number]> {
  return together(options.signal, (signal) => Promise.any(startAll(tasks, signal))) as Promise<Values<Tasks>[number]>;
}

/** A task that throws at once is one that rejects. */
function startAll(tasks: readonly Started<unknown>[], signal: AbortSignal): readonly Promise<unknown>[] {
  return tasks.map(async (start) => start(signal));
}

async function together<Value>(
  given: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const outer = [given, requestLimits().signal].filter((signal) => signal !== undefined);
  const controller = new AbortController();
  const leave = (): void => controller.abort(outer.find(({ aborted }) => aborted)?.reason);
  if (outer.some(({ aborted }) => aborted)) leave();
  else for (const signal of outer) signal.addEventListener("abort", leave, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of outer) signal.removeEventListener("abort", leave);
    controller.abort(new DOMException(notNeeded, "AbortError"));
  }
}
