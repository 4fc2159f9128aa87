/** Values that are there at once or come later: what is there at once is used at once. */

export type MaybePromise<T> = T | Promise<T>;

/**
 * Goes on with a value: now when it is there, later when it is promised.
 * `await` would cost every synchronous step a turn of the microtask queue (bench/micro/journey.ts).
 */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- what comes next is not told of an error, it is what comes next
  return value instanceof Promise ? value.then(next) : next(value);
}

/** What user code returned, with any thenable made a promise of. */
export function settle(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Promise) return value;
  return typeof (value as { then?: unknown }).then === "function" ? Promise.resolve(value) : value;
}
